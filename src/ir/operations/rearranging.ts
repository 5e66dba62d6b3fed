import type { Builder } from "../builder.ts";
import { operand } from "../call-arguments.ts";
import { axes, type Field, type Fields, int, nullable } from "../fields.ts";
import type { Config } from "../fields.ts";
import type { Node } from "../graph.ts";
import type { Misfit } from "../layer.ts";
import { axisOf, formatShape, type Shape } from "../tensor.ts";
import { checkedAxis, nodeOf, NUMPY, operation, shapeOf } from "./operation.ts";

const never: Misfit = (expected) => {
  throw new RangeError(expected);
};

/** The axes in another order; the batch must stay in front. */
function permutation<const F extends Fields>(
  name: string,
  doc: string,
  config: F,
  order: (c: Config<F>, rank: number, misfit: Misfit) => readonly number[],
) {
  return operation({
    name,
    module: NUMPY,
    doc,
    config,
    call: { x: operand },
    output(c, args, misfit): Shape {
      const x = shapeOf(args.x);
      const perm = order(c, x.length, misfit);
      if (x[0] === null && perm[0] !== 0)
        misfit("the batch left in front", `the order ${JSON.stringify(perm)}`);
      return perm.map((k) => x[k]);
    },
    lower(b, c, args) {
      const x = nodeOf(b, args.x);
      return b.permute(x, order(c, x.shape.length, never));
    },
  });
}

const required = (): Field<number | readonly number[]> => ({ schema: axes(0).schema });
const from = (list: number | readonly number[], rank: number, misfit: Misfit): number[] =>
  [list].flat().map((axis) => checkedAxis(axis, rank, misfit));

function transposed(c: { axes: number | readonly number[] | null }, rank: number, misfit: Misfit): number[] {
  if (c.axes === null) return Array.from({ length: rank }, (_, k) => rank - 1 - k);
  const perm = from(c.axes, rank, misfit);
  return new Set(perm).size === rank ? perm : misfit(`each of ${rank} axes once`, JSON.stringify(c.axes));
}

function swapped(a: number, c: number, rank: number): number[] {
  return Array.from({ length: rank }, (_, k) => (k === a ? c : k === c ? a : k));
}

function moved(source: readonly number[], destination: readonly number[], rank: number): number[] {
  const perm = Array.from({ length: rank }, (_, k) => k).filter((k) => !source.includes(k));
  const pairs = source.map((axis, k) => [destination[k], axis] as const).sort(([a], [b]) => a - b);
  for (const [to, axis] of pairs) perm.splice(to, 0, axis);
  return perm;
}

/** Along one axis or several; all where none is given. */
function along(axis: number | readonly number[] | null, x: Shape, misfit: Misfit): number[] {
  const list = axis === null ? x.map((_, k) => k) : from(axis, x.length, misfit);
  if (x[0] === null && list.includes(0)) misfit("axes other than the batch", formatShape(x));
  return list;
}

/** The last `by` elements of an axis in front. */
function rolled(b: Builder, x: Node, axis: number, by: number): Node {
  const size = x.shape[axis] as number;
  const first = ((-by % size) + size) % size;
  if (first === 0) return x;
  return b.concat([b.slice(x, axis, first, size), b.slice(x, axis, 0, first)], axis);
}

export default [
  permutation("Transpose", "the axes in another order", { axes: nullable(axes(0)) }, transposed),
  permutation("Swapaxes", "two axes exchanged", { axis1: int(), axis2: int() }, (c, rank, misfit) => {
    const [first, second] = from([c.axis1, c.axis2], rank, misfit);
    return swapped(first, second, rank);
  }),
  permutation(
    "Moveaxis",
    "axes brought to other places",
    { source: required(), destination: required() },
    (c, rank, misfit) => moved(from(c.source, rank, misfit), from(c.destination, rank, misfit), rank),
  ),
  operation({
    name: "Flip",
    module: NUMPY,
    doc: "the last element of an axis first",
    config: { axis: nullable(axes(0)) },
    call: { x: operand },
    output(c, args, misfit) {
      const x = shapeOf(args.x);
      along(c.axis, x, misfit);
      return x;
    },
    lower(b, c, args) {
      const x = nodeOf(b, args.x);
      return along(c.axis, x.shape as Shape, never).reduce((y, axis) => b.flip(y, axis), x);
    },
  }),
  operation({
    name: "Roll",
    module: NUMPY,
    doc: "the last elements of an axis in front",
    config: { shift: required(), axis: nullable(axes(0)) },
    call: { x: operand },
    output(c, args, misfit) {
      const x = shapeOf(args.x);
      const list = along(c.axis, x, misfit);
      if (c.axis === null) misfit("an axis", "none");
      if ([c.shift].flat().length !== list.length) misfit("a shift for every axis", JSON.stringify(c.shift));
      return x;
    },
    lower(b, c, args) {
      const x = nodeOf(b, args.x);
      const shifts = [c.shift].flat();
      return [c.axis!]
        .flat()
        .reduce((y, axis, k) => rolled(b, y, axisOf(axis, y.shape.length), shifts[k]), x);
    },
  }),
];
