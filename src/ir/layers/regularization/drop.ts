import type { Builder } from "../../builder.ts";
import type { Node, Sizes, Variable } from "../../graph.ts";

/** In training each element is kept with probability 1 − rate and divided by it, else 0; `shape`: of the random numbers. */
export function drop(
  b: Builder,
  x: Node,
  rate: number,
  seed: Variable | undefined,
  shape: Sizes = x.shape,
): Node {
  if (!b.training || rate === 0) return x;
  if (rate === 1) return b.mul(x, 0);
  const dropped = b.greater(rate, b.random(seed!, shape));
  return b.where(b.expand(dropped, x.shape), 0, b.mul(x, 1 / (1 - rate)));
}
