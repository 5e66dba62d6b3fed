import type { ActivationDef } from "../activation.ts";
import celu from "../activations/celu.ts";
import elu from "../activations/elu.ts";
import gelu from "../activations/gelu.ts";
import glu from "../activations/glu.ts";
import hardShrink from "../activations/hard-shrink.ts";
import hardSigmoid from "../activations/hard-sigmoid.ts";
import hardSilu from "../activations/hard-silu.ts";
import hardTanh from "../activations/hard-tanh.ts";
import leakyRelu from "../activations/leaky-relu.ts";
import logSigmoid from "../activations/log-sigmoid.ts";
import logSoftmax from "../activations/log-softmax.ts";
import mish from "../activations/mish.ts";
import relu from "../activations/relu.ts";
import relu6 from "../activations/relu6.ts";
import selu from "../activations/selu.ts";
import sigmoid from "../activations/sigmoid.ts";
import silu from "../activations/silu.ts";
import softShrink from "../activations/soft-shrink.ts";
import softmax from "../activations/softmax.ts";
import softplus from "../activations/softplus.ts";
import softsign from "../activations/softsign.ts";
import sparsePlus from "../activations/sparse-plus.ts";
import sparseSigmoid from "../activations/sparse-sigmoid.ts";
import sparsemax from "../activations/sparsemax.ts";
import squareplus from "../activations/squareplus.ts";
import tanhShrink from "../activations/tanh-shrink.ts";
import threshold from "../activations/threshold.ts";
import { operand } from "../call-arguments.ts";
import { type Config, type Fields, flag, number } from "../fields.ts";
import { fractional, promoted } from "./dtypes.ts";
import { NN, nodeOf, operation, shapeOf } from "./operation.ts";

/** Where Keras keeps the functions that only `keras.activations` has. */
const ACTIVATIONS = "keras.src.activations.activations";

/** Python's order of the arguments of `keras.activations.relu`. */
const RELU = ["x", "negative_slope", "max_value", "threshold"];

interface More {
  readonly functions?: readonly string[];
  readonly module?: string;
  readonly order?: readonly string[];
  /** Parameters that the function does not take. */
  readonly fixed?: Readonly<Record<string, unknown>>;
}

/** An activation as a function; `changed` are fields that have other defaults here. */
function activation<F extends Fields>(
  name: string,
  def: ActivationDef<F>,
  changed: Fields = {},
  { functions, module = NN, fixed, order }: More = {},
) {
  const config: Fields = fixed ? {} : { ...def.config, ...changed };
  const whole = (c: Config<Fields>): Config<F> => ({ ...c, ...fixed }) as Config<F>;
  return operation({
    name,
    module,
    doc: def.doc,
    config,
    call: { x: operand },
    ...(functions && { functions }),
    ...(order && { arguments: order }),
    dtype: (_c, { x }) => fractional(promoted([x])),
    output: (c, { x }, misfit) => def.output?.(whole(c), shapeOf(x), misfit) ?? shapeOf(x),
    lower: (b, c, { x }) => def.lower(b, nodeOf(b, x), whole(c)),
  });
}

export default [
  activation("Relu", relu, {}, { fixed: { max_value: null, negative_slope: 0, threshold: 0 } }),
  activation("ReLU", relu, {}, { module: ACTIVATIONS, functions: [], order: RELU }),
  activation("Relu6", relu6),
  activation("Sigmoid", sigmoid),
  activation("SparseSigmoid", sparseSigmoid),
  activation("Softplus", softplus),
  activation("Softsign", softsign),
  activation("SoftShrink", softShrink),
  activation("SparsePlus", sparsePlus),
  activation("Silu", silu, {}, { functions: ["silu", "swish"] }),
  activation("Squareplus", squareplus),
  activation("LogSigmoid", logSigmoid),
  activation("LeakyRelu", leakyRelu, { negative_slope: number(0.2) }),
  activation("HardSigmoid", hardSigmoid),
  activation("HardSilu", hardSilu, {}, { functions: ["hard_silu", "hard_swish"] }),
  activation("Elu", elu),
  activation("Selu", selu),
  activation("Gelu", gelu, { approximate: flag(true) }),
  activation("Celu", celu),
  activation("Glu", glu),
  activation("TanhShrink", tanhShrink),
  activation("HardTanh", hardTanh),
  activation("HardShrink", hardShrink),
  activation("Threshold", threshold),
  activation("Softmax", softmax),
  activation("LogSoftmax", logSoftmax),
  activation("Sparsemax", sparsemax),
  activation("Mish", mish, {}, { module: ACTIVATIONS, functions: [] }),
];
