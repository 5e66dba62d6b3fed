import { bundleSource, type InputShapes } from "./bundle-source.ts";
import type { Sizes } from "./ir/graph.ts";
import { leaves, type Value } from "./ir/model.ts";
import { numel, type Tensor } from "./ir/tensor.ts";
import type { Core } from "./runtime/core.ts";

/** Invented data for one call. */
export interface Invented {
  readonly x: readonly Tensor[];
  /** One array an output; undefined where no loss reads it. */
  readonly y: readonly (Tensor | undefined)[] | undefined;
}

/** Inputs for `batch` rows and, for training, labels as the model's losses want them. */
export function invent(
  core: Core,
  batch: number,
  input_shape: InputShapes | undefined,
  training: boolean,
): Invented {
  const { inputs, step } = bundleSource(core, input_shape, training);
  const values = leaves(core.ir.inputs);
  const x = inputs.map(({ sizes }, k) => (takesRows(core, values[k]) ? zeros : reals)(sizes, batch));
  const y = step?.training.signature.labels.map((sizes, k) => {
    const loss = step.training.compiled.losses.find(({ output }) => output === k);
    return sizes && (loss?.def.classes ? zeros : reals)(sizes, batch);
  });
  return { x, y };
}

/** True for numbers of a table's rows: 0 is one that every table has. */
const takesRows = ({ ir }: Core, { dtype, layer }: Value): boolean =>
  !dtype.startsWith("float") ||
  ir.calls.some(
    (call) =>
      call.layer.class_name === "Embedding" && leaves(call.inputs).some((value) => value.layer === layer),
  );

const zeros = (sizes: Sizes, batch: number): Tensor => filled(sizes, batch, () => 0);
/** Multiples of the golden ratio without their whole parts: spread evenly between 0 and 1. */
const reals = (sizes: Sizes, batch: number): Tensor =>
  filled(sizes, batch, (i) => (i * 0.6180339887498949) % 1);

function filled(sizes: Sizes, batch: number, value: (i: number) => number): Tensor {
  const shape = sizes.map((d) => (d === "n" ? batch : d));
  return { shape, dtype: "float32", data: Float32Array.from({ length: numel(shape) }, (_, i) => value(i)) };
}
