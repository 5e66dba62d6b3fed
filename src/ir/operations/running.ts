import type { Builder } from "../builder.ts";
import { operand } from "../call-arguments.ts";
import { int, nullable, text } from "../fields.ts";
import type { Node } from "../graph.ts";
import { axisOf, type Shape } from "../tensor.ts";
import { counted, promoted } from "./dtypes.ts";
import { contract } from "./einsum-terms.ts";
import { checkedAxis, nodeOf, notBatch, NUMPY, operation, shapeOf } from "./operation.ts";

/** 1 where the row's number and k together reach the column's, a matrix of these sizes. */
function lower(b: Builder, rows: number, columns: number, k: number): Node {
  const row = b.expand(b.reshape(b.iota(rows), [rows, 1]), [rows, columns]);
  const column = b.expand(b.reshape(b.iota(columns), [1, columns]), [rows, columns]);
  return b.greater(b.add(row, k + 0.5), column);
}

/** One triangle of the matrices in the last two axes. */
function triangle(name: string, doc: string, isLower: boolean) {
  return operation({
    name,
    module: NUMPY,
    doc,
    config: { k: int(0) },
    call: { x: operand },
    output: (_c, { x }, misfit) =>
      shapeOf(x).length > 1 ? shapeOf(x) : misfit("at least two axes", `${shapeOf(x).length}`),
    lower(b, c, args) {
      const x = nodeOf(b, args.x);
      const [rows, columns] = x.shape.slice(-2) as number[];
      return isLower
        ? b.where(lower(b, rows, columns, c.k), x, 0)
        : b.where(lower(b, rows, columns, c.k - 1), 0, x);
    },
  });
}

const LETTERS = "abcdefghijklmnopqrstuvwx";

export default [
  triangle("Tril", "x below the diagonal, 0 above", true),
  triangle("Triu", "x above the diagonal, 0 below", false),
  operation({
    name: "Cumsum",
    module: NUMPY,
    doc: "the sum of all elements up to each along the axis",
    config: { axis: nullable(int()), dtype: nullable(text()) },
    call: { x: operand },
    dtype: (c, { x }) => c.dtype ?? counted(promoted([x])),
    output(c, args, misfit): Shape {
      const x = shapeOf(args.x);
      if (c.axis === null && x.length > 1) return misfit("an axis", "None");
      const axis = checkedAxis(c.axis ?? 0, x.length, misfit);
      if (x[0] === null) notBatch(axis, misfit);
      return x;
    },
    lower(b, c, args) {
      const x = nodeOf(b, args.x);
      const axis = axisOf(c.axis ?? 0, x.shape.length);
      const size = x.shape[axis] as number;
      const letters = LETTERS.slice(0, x.shape.length);
      const out = letters.replace(letters[axis], "y");
      return contract(b, { ins: [letters, `y${letters[axis]}`], out, spread: "" }, [
        x,
        lower(b, size, size, 0),
      ]);
    },
  }),
];
