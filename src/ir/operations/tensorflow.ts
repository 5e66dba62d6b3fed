import { operand, operands } from "../call-arguments.ts";
import type { Optional } from "../fields.ts";
import { numel, type Shape } from "../tensor.ts";
import { promoted } from "./dtypes.ts";
import { broadcastShape, nodeOf, operation, shapeOf, truth } from "./operation.ts";

/** Functions of TensorFlow that Keras 3 has no operation for. */
const TF = "tensorflow";

/** Says to writers that Keras 3 has no such class. */
const foreign: Optional<true> = {
  schema: { const: true },
  default: true,
  unwritable: (_value, keras) =>
    keras === "3" ? "it is a function of TensorFlow that Keras 3 does not have" : undefined,
};

/** A list of conditions as one a row. */
const ofRows = <D>(condition: readonly D[], rank: number): (D | 1)[] =>
  condition.length === 1 ? [...condition, ...Array.from({ length: rank - 1 }, (): 1 => 1)] : [...condition];

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
    name: "Select",
    module: TF,
    doc: "x1 where the condition holds, x2 elsewhere; a list of conditions chooses whole rows",
    functions: [],
    config: { foreign },
    call: { condition: operand, x1: operand, x2: operand },
    dtype: (_c, { x1, x2 }) => promoted([x1, x2]),
    output(_c, { condition, x1, x2 }, misfit) {
      const shape = broadcastShape([x1, x2], misfit);
      return broadcastShape([ofRows(shapeOf(condition), shape.length), shape], misfit);
    },
    lower(b, _c, { condition, x1, x2 }) {
      const [test, x, y] = [truth(b, condition), nodeOf(b, x1), nodeOf(b, x2)];
      const rank = Math.max(x.shape.length, y.shape.length);
      return b.where(b.reshape(test, ofRows(test.shape, rank)), x, y);
    },
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
