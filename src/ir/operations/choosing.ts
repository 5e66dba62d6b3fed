import type { Builder } from "../builder.ts";
import { operand } from "../call-arguments.ts";
import { flag, int, nullable, number } from "../fields.ts";
import type { Node } from "../graph.ts";
import { axisOf, formatShape, numel, type Shape } from "../tensor.ts";
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

/** The elements of an axis at indices, those below 0 counted from the end. */
function taken(b: Builder, x: Node, indices: Node, axis: number): Node {
  const size = x.shape[axis] as number;
  const from = b.where(b.less(indices, b.const(0)), b.add(indices, b.const(size)), indices);
  if (axis === 0) return b.gather(x, from);
  // [before…, indices, size, behind…]: what another index names is 0, and summed away
  const [before, behind] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const count = numel(indices.shape as number[]);
  const ones = (some: readonly unknown[]): number[] => some.map(() => 1);
  const at = b.reshape(from, [...ones(before), count, 1, ...ones(behind)]);
  const place = b.reshape(b.iota(size), [...ones(before), 1, size, ...ones(behind)]);
  const all = b.reshape(x, [...before, 1, size, ...behind]);
  const chosen = b.sum(b.where(b.equal(at, place), all, 0), [axis + 1]);
  return b.reshape(chosen, [...before, ...indices.shape, ...behind]);
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
        if (shape[0] === null) notBatch(axis, misfit);
        if (axis !== 0 && (shape[axis] === null || indices.includes(null)))
          misfit("indices of known number, or a table of which rows are taken", formatShape(indices));
        return [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)];
      }
      if (shape[0] === null) notBatch(axis, misfit);
      const size = shape[axis];
      if (size !== null && (indices >= size || indices < -size))
        misfit(`an index below ${size}`, `${indices}`);
      return left(shape, [axis], false);
    },
    lower(b, c, { x, indices }) {
      const node = nodeOf(b, x);
      const axis = axisOf(c.axis ?? 0, node.shape.length);
      if (typeof indices !== "number") return taken(b, node, indices, axis);
      const at = indices < 0 ? indices + (node.shape[axis] as number) : indices;
      return b.reshape(b.slice(node, axis, at, at + 1), left(node.shape, [axis], false));
    },
  }),
];
