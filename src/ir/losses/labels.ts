import type { Sizes } from "../graph.ts";
import { formatShape } from "../tensor.ts";
import { sameRank } from "../reduction.ts";

/** Sizes as a user reads them: `(None, 10)`. */
export const shapeText = (s: Sizes): string => formatShape(s.map((d) => (d === "n" ? null : d)));

/** Labels and predictions must have one shape, but for sizes of 1 that numpy would repeat. */
export function broadcastMisfit(y: Sizes, p: Sizes): string | undefined {
  const [a, b] = sameRank(y, p);
  const fits = a.length === b.length && a.every((d, k) => d === b[k] || d === 1 || b[k] === 1);
  return fits ? undefined : shapeText(p);
}

/** Labels and predictions must have one shape. */
export function equalMisfit(y: Sizes, p: Sizes): string | undefined {
  return y.length === p.length && y.every((d, k) => d === p[k]) ? undefined : shapeText(p);
}

/** Labels must have the shape of the predictions without their last axis, or with a last axis of 1. */
export function sparseMisfit(y: Sizes, p: Sizes): string | undefined {
  const flat = y.length === p.length && y.at(-1) === 1 ? y.slice(0, -1) : y;
  const want = p.slice(0, -1);
  const fits = flat.length === want.length && flat.every((d, k) => d === want[k]);
  return fits ? undefined : `class numbers of shape ${shapeText(want)}`;
}
