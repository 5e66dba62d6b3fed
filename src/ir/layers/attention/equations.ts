import type { Einsum } from "../../graph.ts";
import { axisOf } from "../../tensor.ts";

/** The sums of products that attention over some axes is made of. */
export interface Equations {
  /** [n, …, d] × [d, heads, depth] → [n, …, heads, depth] */
  readonly project: Einsum;
  /** Queries × keys → [other axes, heads, query axes, key axes] */
  readonly scores: Einsum;
  /** Scores × values → [n, …, heads, depth] */
  readonly combine: Einsum;
  /** [n, …, heads, depth] × [heads, depth, output…] */
  readonly output: Einsum;
}

/** The axes that are attended over, from the front; all between batch and features where none are given. */
export const attentionAxes = (axes: readonly number[] | null, rank: number): readonly number[] =>
  axes ? axes.map((k) => axisOf(k, rank)) : Array.from({ length: rank - 2 }, (_, k) => k + 1);

const letters = (count: number, from: string): string =>
  String.fromCharCode(...Array.from({ length: count }, (_, k) => from.charCodeAt(0) + k));

/** `rank`: of the inputs; `out`: how many dimensions the last projection makes. */
export function equations(rank: number, axes: readonly number[], out: number): Equations {
  const place = letters(rank - 1, "a");
  const keys = letters(rank - 1, "i");
  const source = [...place].map((letter, k) => (axes.includes(k) ? keys[k] : letter)).join("");
  const at = (text: string): string => axes.map((k) => text[k]).join("");
  const rest = [...place].filter((_, k) => !axes.includes(k)).join("");
  const scored = `${rest}x${at(place)}${at(source)}`;
  const o = letters(out, "p");
  return {
    project: { a: `${place}z`, b: "zxy", out: `${place}xy` },
    scores: { a: `${place}xy`, b: `${source}xy`, out: scored },
    combine: { a: scored, b: `${source}xy`, out: `${place}xy` },
    output: { a: `${place}xy`, b: `xy${o}`, out: `${place}${o}` },
  };
}
