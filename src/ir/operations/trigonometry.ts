import type { Builder } from "../builder.ts";
import type { Node } from "../graph.ts";

/** π/2 in three parts, of which multiples of the first two are exact. */
const PARTS = [1.5703125, 4.837512969970703125e-4, 7.54978995489188216e-8];

const polynomial = (b: Builder, x: Node, factors: readonly number[]): Node =>
  factors.slice(1).reduce<Node>((sum, factor) => b.add(b.mul(sum, x), factor), b.const(factors[0]));

/** sin(x + quarters · π/2): x less whole quarters of a turn, then a Taylor polynomial. */
export function sine(b: Builder, x: Node, quarters: 0 | 1): Node {
  const turns = b.floor(b.add(b.mul(x, 2 / Math.PI), 0.5));
  const rest = PARTS.reduce((r, part) => b.sub(r, b.mul(turns, part)), x);
  const square = b.mul(rest, rest);
  const sin = b.mul(rest, polynomial(b, square, [1 / 362880, -1 / 5040, 1 / 120, -1 / 6, 1]));
  const cos = polynomial(b, square, [-1 / 3628800, 1 / 40320, -1 / 720, 1 / 24, -1 / 2, 1]);
  const phase = b.add(turns, quarters);
  const half = b.floor(b.div(phase, 2));
  const odd = b.sub(phase, b.mul(2, half));
  const negative = b.sub(half, b.mul(2, b.floor(b.div(half, 2))));
  return b.mul(b.where(odd, cos, sin), b.sub(1, b.mul(2, negative)));
}
