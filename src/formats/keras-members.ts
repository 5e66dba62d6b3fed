import type { LimitName } from "../diagnostics/limits.ts";

/** The members of a `.keras` archive. */
export const CONFIG = "config.json";
export const METADATA = "metadata.json";
export const WEIGHTS = "model.weights.h5";
/** Weights as Python writes lists of records: pickles, which are programs. */
export const PICKLES = "model.weights.npz";
export const ASSET = /^assets\/[\w.\- /]*[\w.\- ]$/;

/** The members that a `.keras` archive may have, and how large they may be. */
export function memberLimit(name: string): LimitName | undefined {
  if (name === WEIGHTS || name === PICKLES) return "weight_bytes";
  return name === CONFIG || name === METADATA || ASSET.test(name) ? "config_bytes" : undefined;
}

/** What Keras never reads: folders themselves, and what system and people add to archives. */
export const isForeign = (name: string): boolean =>
  memberLimit(name) === undefined &&
  (name.endsWith("/") || !name.startsWith("assets/")) &&
  !/\p{Cc}/u.test(name);
