import type { Builder } from "../builder.ts";
import type { Node } from "../graph.ts";

/** The nearest whole number, the even one of two. */
export function nearest(b: Builder, x: Node): Node {
  const below = b.floor(x);
  const rest = b.sub(x, below);
  const odd = b.sub(below, b.mul(2, b.floor(b.div(below, 2))));
  const up = b.where(b.equal(rest, 0.5), odd, b.greater(rest, 0.5));
  return b.add(below, up);
}

/** Towards zero. */
export const truncated = (b: Builder, x: Node): Node =>
  b.where(b.greater(0, x), b.neg(b.floor(b.neg(x))), b.floor(x));
