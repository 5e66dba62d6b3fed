import type { Builder } from "./builder.ts";
import type { Node } from "./graph.ts";

/** Keras divides by no less than this, if not told otherwise. */
const LEAST = 1e-7;

/**
 * x over its length along an axis. A length below `least` counts as that much and has no gradient: neither way is anything
 * divided by the 0 that a row of zeros is long.
 */
export function unitLength(b: Builder, x: Node, axis: number, least = LEAST): Node {
  const square = b.sum(b.square(x), [axis]);
  const short = b.less(square, least * least);
  const inverse = b.div(1, b.sqrt(b.where(short, 1, square)));
  return b.mul(x, b.where(short, 1 / least, inverse));
}
