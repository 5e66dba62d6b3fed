import type { Node, Sizes } from "../../ir/graph.ts";
import type { Region } from "./regions.ts";

/**
 * Nodes that become one kernel.
 * "map": elementwise over `shape`. "rows": passes over the `inner` axes of `shape`, for every place of the others.
 * "columns": folds the `inner` axes, lanes along the last kept one. "contract": an einsum and what follows it.
 * "move": concat or pad. "uniform": random numbers. "gather", "scatter": rows of a table. "scan": a loop over time.
 * "region": products and what lies between them, for every place of the axes they share.
 */
export interface Group {
  kind:
    "map" | "rows" | "columns" | "contract" | "move" | "uniform" | "gather" | "scatter" | "scan" | "region";
  /** What is computed and kept, in order. */
  readonly nodes: Node[];
  /** The loops' domain: the shape of elementwise nodes, for "rows" and "columns" the shape before folding. */
  shape: Sizes;
  /** Folded axes. */
  inner: readonly number[];
  /** The einsum of a "contract" group. */
  readonly contraction?: Node;
  /** What a "region" group computes. */
  readonly region?: Region;
}

export const sameSizes = (a: Sizes, b: Sizes): boolean =>
  a.length === b.length && a.every((d, k) => d === b[k]);

/** The shape with the folded axes as 1. */
export const foldedShape = (group: Group): Sizes =>
  group.shape.map((d, k) => (group.inner.includes(k) ? 1 : d));
