import { operand, operands } from "../call-arguments.ts";
import type { Optional } from "../fields.ts";
import { numel, type Shape } from "../tensor.ts";
import { broadcastShape, nodeOf, operation, shapeOf } from "./operation.ts";

/** Functions of TensorFlow that Keras 3 has no operation for. */
const TF = "tensorflow";

/** Says to writers that Keras 3 has no such class. */
const foreign: Optional<true> = {
  schema: { const: true },
  default: true,
  unwritable: (_value, keras) =>
    keras === "3" ? "it is a function of TensorFlow that Keras 3 does not have" : undefined,
};

export default [
  operation({
    name: "SquaredDifference",
    module: TF,
    doc: "(x1 − x2)²",
    functions: [],
    config: { foreign },
    call: { x1: operand, x2: operand },
    output: (_c, { x1, x2 }, misfit) => broadcastShape([x1, x2], misfit),
    lower: (b, _c, { x1, x2 }) => b.square(b.sub(x1, x2)),
  }),
  operation({
    name: "AddN",
    module: TF,
    doc: "the sum of the inputs",
    functions: [],
    config: { foreign },
    call: { inputs: operands },
    output: (_c, { inputs }, misfit) => broadcastShape(inputs, misfit),
    lower: (b, _c, { inputs }) => inputs.map((x) => nodeOf(b, x)).reduce((sum, x) => b.add(sum, x)),
  }),
  operation({
    name: "BatchFlatten",
    module: TF,
    doc: "every row as one list",
    functions: [],
    config: { foreign },
    call: { x: operand },
    output(_c, args): Shape {
      const [batch, ...rest] = shapeOf(args.x);
      return [batch, rest.includes(null) ? null : numel(rest as number[])];
    },
    lower(b, _c, args) {
      const x = nodeOf(b, args.x);
      const [batch, ...rest] = x.shape;
      return b.reshape(x, [batch, numel(rest as number[])]);
    },
  }),
];
