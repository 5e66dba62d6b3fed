import type { Builder } from "../../builder.ts";
import type { Node, Variable } from "../../graph.ts";
import type { OlderKeras } from "../../fields.ts";
import type { Mask } from "../../layer.ts";
import { drop } from "../regularization/drop.ts";
import { maskedSoftmax, maskFits } from "../masks.ts";
import type { Equations } from "./equations.ts";

/** Projected queries, keys and values, and how they are put together. */
export interface Attended {
  readonly q: Node;
  readonly k: Node;
  readonly v: Node;
  readonly mask: Mask;
  readonly scale: number;
  /** A query that sees no key gets 0; otherwise the mean of all values. */
  readonly zeroes: boolean;
  readonly older: OlderKeras | undefined;
  readonly dropout: number;
  readonly seed?: Variable | undefined;
}

/** Softmax of the scaled products of queries and keys, and the values weighted by it. */
export function attend(
  b: Builder,
  { q, k, v, mask: given, scale, zeroes, older, dropout, seed }: Attended,
  e: Equations,
  axes: readonly number[],
): { readonly output: Node; readonly scores: Node } {
  const raw = b.einsum(b.mul(q, scale), k, e.scores);
  const rank = raw.shape.length;
  const keys = axes.map((_, i) => rank - axes.length + i);
  const mask = given && maskFits(spread(b, given, rank, 2 * axes.length), raw);
  const soft = mask ? maskedSoftmax(b, raw, mask, keys, { older }) : b.softmax(raw, keys);
  const scores = mask && zeroes ? b.where(mask, soft, 0) : soft;
  return { output: b.einsum(drop(b, scores, dropout, seed), v, e.combine), scores };
}

/** A mask with ones before its last `own` axes, so that it broadcasts over heads. */
export function spread(b: Builder, mask: Node, rank: number, own: number): Node {
  const at = mask.shape.length - own;
  const ones = new Array<number>(rank - mask.shape.length).fill(1);
  return b.reshape(mask, [...mask.shape.slice(0, at), ...ones, ...mask.shape.slice(at)]);
}
