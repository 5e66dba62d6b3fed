import type { Builder } from "../../builder.ts";
import type { Node } from "../../graph.ts";
import type { Mask, Misfit } from "../../layer.ts";
import { type Dim, formatShape, type Shape } from "../../tensor.ts";
import { lifted as lift, maskFits } from "../masks.ts";

/** A shape brought to a higher rank as Keras's merging layers do: ones right after the batch. */
function lifted<T>(shape: readonly T[], rank: number): (T | 1)[] {
  return [shape[0], ...new Array<1>(rank - shape.length).fill(1), ...shape.slice(1)];
}

function together(a: Dim | undefined, b: Dim | undefined): Dim | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (a === 1) return b;
  if (b === 1) return a;
  if (a === null || b === null) return a ?? b;
  return a === b ? a : undefined;
}

/** The shape that inputs of an elementwise merge broadcast to. */
export function mergedShape(xs: readonly Shape[], misfit: Misfit): Shape {
  if (xs.length < 1) misfit("a list of inputs", "none");
  const rank = Math.max(...xs.map((x) => x.length));
  const all = xs.map((x) => lifted(x, rank));
  const shape = all[0].map((_, k) => all.map((x): Dim | undefined => x[k]).reduce(together));
  if (shape.includes(undefined)) misfit("inputs whose shapes broadcast", xs.map(formatShape).join(", "));
  return shape as Shape;
}

/** Keras says a size to be unknown where that of any input is. */
export function mergedReport(outputs: readonly Shape[], xs: readonly Shape[]): readonly Shape[] {
  const rank = Math.max(...xs.map((x) => x.length));
  const all = xs.map((x) => lifted(x, rank));
  return outputs.map((shape) => shape.map((d, k) => (all.some((x) => x[k] === null) ? null : d)));
}

/** The inputs folded by one elementwise operation. */
export function merge(b: Builder, xs: readonly Node[], op: (x: Node, y: Node) => Node): Node {
  const rank = Math.max(...xs.map((x) => x.shape.length));
  return xs.map((x) => b.reshape(x, lifted(x.shape, rank))).reduce(op);
}

/** The masks of inputs that are merged as they are, each spread over its input; one brought to a higher rank has lost its. */
export function spreadMasks(b: Builder, xs: readonly Node[], masks: readonly Mask[]): Mask[] {
  const rank = Math.max(...xs.map((x) => x.shape.length));
  return xs.map((x, k) => {
    const mask = x.shape.length === rank ? masks[k] : undefined;
    return mask && b.expand(maskFits(lift(b, mask, mask.shape.length), x), x.shape);
  });
}

/** Folds the inputs by an operation without a neutral element: where one is masked, only the others count. */
export function mergeMasked(
  b: Builder,
  xs: readonly Node[],
  masks: readonly Mask[],
  op: (x: Node, y: Node) => Node,
): Node {
  if (masks.every((mask) => mask === undefined)) return merge(b, xs, op);
  const rank = Math.max(...xs.map((x) => x.shape.length));
  const spread = spreadMasks(b, xs, masks);
  const parts = xs.map((x, k) => ({ x: b.reshape(x, lifted(x.shape, rank)), mask: spread[k] }));
  const folded = parts.reduce((left, right) => {
    const y = right.mask ? b.where(right.mask, right.x, left.x) : right.x;
    const x = left.mask ? b.where(left.mask, left.x, y) : left.x;
    const mask = left.mask && right.mask ? b.max(left.mask, right.mask) : undefined;
    return { x: op(x, y), mask };
  });
  return folded.x;
}
