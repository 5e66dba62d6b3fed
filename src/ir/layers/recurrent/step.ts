import type { Builder } from "../../builder.ts";
import type { Node } from "../../graph.ts";

/** What a cell computes a step from. */
export interface Step {
  /** The input products of all gates: [n, gates · units]. */
  readonly z: Node;
  readonly states: readonly Node[];
  /** A state times the recurrent kernel's columns of gates `from` to `to`: [n, (to − from) · units]. */
  product(h: Node, from: number, to: number): Node;
  readonly bias?: Node | undefined;
}
/** What a step gives on, and what its gradient reads. */
export interface Carried {
  readonly states: readonly Node[];
  readonly kept: readonly Node[];
}

/** The columns of gate `k` of several. */
export const gate = (b: Builder, x: Node, k: number, units: number): Node =>
  b.slice(x, 1, k * units, (k + 1) * units);

/** Products with a recurrent kernel, each gate with its own inputs dropped where there are `dropped`. */
export function recurrentProducts(
  b: Builder,
  kernel: Node,
  dropped: readonly Node[],
  units: number,
): Step["product"] {
  const columns = (from: number, to: number): Node => b.slice(kernel, 1, from * units, to * units);
  if (dropped.length < 2)
    return (h, from, to) => b.matmul(dropped.length ? b.mul(h, dropped[0]) : h, columns(from, to));
  return (h, from, to) =>
    b.concat(
      dropped.slice(from, to).map((mask, k) => b.matmul(b.mul(h, mask), columns(from + k, from + k + 1))),
      1,
    );
}
