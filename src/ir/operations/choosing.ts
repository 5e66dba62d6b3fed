import type { Builder } from "../builder.ts";
import { operand } from "../call-arguments.ts";
import { flag, int, nullable, number } from "../fields.ts";
import type { Node } from "../graph.ts";
import { axisOf, type Shape } from "../tensor.ts";
import { promoted } from "./dtypes.ts";
import {
  broadcastShape,
  checkedAxis,
  nodeOf,
  notBatch,
  NUMPY,
  operation,
  shapeOf,
  truth,
} from "./operation.ts";
import { left } from "./reductions.ts";

/** The place of the largest or least element along an axis. */
function place(name: string, doc: string, sign: (b: Builder, x: Node) => Node) {
  return operation({
    name,
    module: NUMPY,
    doc,
    config: { axis: nullable(int()), keepdims: flag(false) },
    call: { x: operand },
    dtype: "int32",
    output(c, { x }, misfit): Shape {
      const shape = shapeOf(x);
      if (c.axis === null && shape.length > 1) return misfit("an axis", "None");
      const axis = checkedAxis(c.axis ?? 0, shape.length, misfit);
      if (shape[0] === null) notBatch(axis, misfit);
      return left(shape, [axis], c.keepdims);
    },
    lower(b, c, { x }) {
      const node = nodeOf(b, x);
      const axis = axisOf(c.axis ?? 0, node.shape.length);
      return b.reshape(b.argmax(sign(b, node), axis), left(node.shape, [axis], c.keepdims));
    },
  });
}

export default [
  place("Argmax", "the place of the first largest", (_b, x) => x),
  place("Argmin", "the place of the first least", (b, x) => b.neg(x)),
  operation({
    name: "Where",
    module: NUMPY,
    doc: "x1 where the condition is true, else x2",
    config: {},
    call: { condition: operand, x1: operand, x2: operand },
    dtype: (_c, { x1, x2 }) => promoted([x1, x2]),
    output: (_c, { condition, x1, x2 }, misfit) => broadcastShape([condition, x1, x2], misfit),
    lower: (b, _c, { condition, x1, x2 }) => b.where(truth(b, condition), x1, x2),
  }),
  operation({
    name: "Clip",
    module: NUMPY,
    doc: "at least x_min, at most x_max",
    config: { x_min: number(), x_max: number() },
    call: { x: operand },
    output: (_c, { x }) => shapeOf(x),
    lower: (b, c, { x }) => b.clip(nodeOf(b, x), c.x_min, c.x_max),
  }),
  operation({
    name: "Take",
    module: NUMPY,
    doc: "the elements of an axis at the indices",
    config: { axis: nullable(int()) },
    call: { x: operand, indices: operand },
    dtype: (_c, { x }) => String(x),
    output(c, { x, indices }, misfit): Shape {
      const shape = shapeOf(x);
      if (c.axis === null && shape.length !== 1) return misfit("an axis", "None");
      const axis = checkedAxis(c.axis ?? 0, shape.length, misfit);
      if (typeof indices !== "number") {
        if (axis !== 0 || shape[0] === null)
          misfit("one index, or a table of which rows are taken", "a list of indices");
        return [...indices, ...shape.slice(1)];
      }
      if (shape[0] === null) notBatch(axis, misfit);
      const size = shape[axis];
      if (size !== null && (indices >= size || indices < -size))
        misfit(`an index below ${size}`, `${indices}`);
      return left(shape, [axis], false);
    },
    lower(b, c, { x, indices }) {
      const node = nodeOf(b, x);
      if (typeof indices !== "number") return b.gather(node, indices);
      const axis = axisOf(c.axis ?? 0, node.shape.length);
      const at = indices < 0 ? indices + (node.shape[axis] as number) : indices;
      return b.reshape(b.slice(node, axis, at, at + 1), left(node.shape, [axis], false));
    },
  }),
];
