import type { Builder, Operand } from "../builder.ts";
import { operand } from "../call-arguments.ts";
import { type Field, int, nullable, number, text, unsupported } from "../fields.ts";
import type { Node } from "../graph.ts";
import { filled } from "../layers/masks.ts";
import { axisOf, type Shape } from "../tensor.ts";
import { promoted } from "./dtypes.ts";
import { checkedAxis, CORE, nodeOf, NN, notBatch, NUMPY, operation, shapeOf, truth } from "./operation.ts";
import { nearest, truncated } from "./round.ts";
import { unitLength } from "../unit-length.ts";

/** Types that float32 stands for here without a word. */
const TYPES = [
  "float32",
  "float64",
  "bool",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
];
const dtype: Field<string> = {
  schema: { enum: TYPES, description: `one of ${TYPES.join(", ")}` },
  read: (value) => String(value),
};

function cast(b: Builder, x: Node, to: string): Node {
  if (to === "bool") return truth(b, x);
  return to.startsWith("float") ? x : truncated(b, x);
}

/** A tensor of the shape of x with one value. */
function like(name: string, doc: string, value: number) {
  return operation({
    name,
    module: NUMPY,
    doc,
    config: { dtype: nullable(text()) },
    call: { x: operand },
    dtype: (c, { x }) => c.dtype ?? promoted([x]),
    output: (_c, { x }) => shapeOf(x),
    lower: (b, _c, { x }) => filled(b, value, nodeOf(b, x).shape),
  });
}

/** x over its norm along an axis; the divisor is at least epsilon. */
function normalized(b: Builder, x: Node, axis: number, order: number, epsilon: number): Node {
  if (order === 2) return unitLength(b, x, axis, epsilon);
  return b.div(x, b.max(b.sum(b.abs(x), [axis]), epsilon));
}

/** 1 where an index stands, 0 elsewhere, along a new axis. */
function oneHot(b: Builder, x: Node, classes: number, axis: number): Node {
  const at = axisOf(axis, x.shape.length + 1);
  const put = <D>(d: D): (D | 1 | Node["shape"][number])[] => [
    ...x.shape.slice(0, at),
    d,
    ...x.shape.slice(at),
  ];
  const whole = put(classes) as Node["shape"];
  const along = whole.map((_, k) => (k === at ? classes : 1));
  const spread = (node: Operand, shape: readonly number[] | Node["shape"]): Node =>
    b.expand(b.reshape(nodeOf(b, node), shape), whole);
  return b.equal(spread(x, put(1) as Node["shape"]), spread(b.iota(classes), along));
}

export default [
  operation({
    name: "Cast",
    module: CORE,
    hands_on: true,
    doc: "x as another type; fractions are cut off where that is whole",
    config: { dtype },
    call: { x: operand },
    dtype: (c) => c.dtype,
    output: (_c, { x }) => shapeOf(x),
    lower: (b, c, { x }) => cast(b, nodeOf(b, x), c.dtype),
  }),
  operation({
    name: "ConvertToTensor",
    module: CORE,
    hands_on: true,
    doc: "x",
    config: {
      dtype: nullable(dtype),
      sparse: nullable(unsupported(false)),
      ragged: nullable(unsupported(false)),
    },
    call: { x: operand },
    dtype: (c, { x }) => c.dtype ?? promoted([x]),
    output: (_c, { x }) => shapeOf(x),
    lower: (b, c, { x }) => (c.dtype === null ? nodeOf(b, x) : cast(b, nodeOf(b, x), c.dtype)),
  }),
  operation({
    name: "StopGradient",
    module: CORE,
    doc: "x, a constant to gradients",
    config: {},
    call: { variable: operand },
    output: (_c, { variable }) => shapeOf(variable),
    lower: (b, _c, { variable }) => b.stop(nodeOf(b, variable)),
  }),
  like("OnesLike", "ones in the shape of x", 1),
  like("ZerosLike", "zeros in the shape of x", 0),
  operation({
    name: "FullLike",
    module: NUMPY,
    doc: "one number in the shape of x",
    config: { dtype: nullable(text()) },
    call: { x: operand, fill_value: operand },
    dtype: (c, { x }) => c.dtype ?? promoted([x]),
    output: (_c, { x, fill_value }, misfit) =>
      typeof fill_value === "number" ? shapeOf(x) : misfit("a number to fill with", "a tensor"),
    lower: (b, _c, { x, fill_value }) => filled(b, fill_value as number, nodeOf(b, x).shape),
  }),
  operation({
    name: "Round",
    module: NUMPY,
    doc: "the nearest number with so many decimals, the even one of two",
    config: { decimals: int(0) },
    call: { x: operand },
    output: (_c, { x }) => shapeOf(x),
    lower(b, c, { x }) {
      const factor = 10 ** c.decimals;
      const node = nodeOf(b, x);
      return c.decimals === 0 ? nearest(b, node) : b.div(nearest(b, b.mul(node, factor)), factor);
    },
  }),
  operation({
    name: "OneHot",
    module: NN,
    doc: "1 at the place that x names, else 0, along a new axis",
    config: {
      num_classes: int(undefined, { min: 1 }),
      axis: int(-1),
      dtype: nullable(text()),
      sparse: unsupported(false),
    },
    call: { x: operand },
    dtype: (c) => c.dtype ?? "float32",
    output(c, args, misfit): Shape {
      const x = shapeOf(args.x);
      const at = checkedAxis(c.axis, x.length + 1, misfit);
      if (x[0] === null) notBatch(at, misfit);
      return [...x.slice(0, at), c.num_classes, ...x.slice(at)];
    },
    lower: (b, c, { x }) => oneHot(b, nodeOf(b, x), c.num_classes, c.axis),
  }),
  operation({
    name: "Normalize",
    module: NN,
    doc: "x / max(√Σ x², epsilon) along the axis; Σ |x| where order is 1",
    config: { axis: int(-1), order: int(2), epsilon: nullable(number()) },
    call: { x: operand },
    output(c, { x }, misfit) {
      checkedAxis(c.axis, shapeOf(x).length, misfit);
      return c.order === 1 || c.order === 2 ? shapeOf(x) : misfit("order 1 or 2", `${c.order}`);
    },
    lower(b, c, args) {
      const x = nodeOf(b, args.x);
      return normalized(b, x, axisOf(c.axis, x.shape.length), c.order, c.epsilon ?? 1e-7);
    },
  }),
];
