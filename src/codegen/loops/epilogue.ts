import type { Node } from "../../ir/graph.ts";
import { express } from "../express.ts";
import type { Stmt } from "../kernels.ts";
import type { Contraction } from "./contraction.ts";
import { local, movedPlace, scopeWith, storeOf, type Site } from "./site.ts";

/** A finished sum of a tile, and its row and column from the tile's corner. */
export interface Cell {
  readonly sum: string;
  readonly row: number;
  readonly column: number;
}

/**
 * What follows a contraction on each of its sums: bias, activation, mask, the update of a weight. Every value is
 * computed before the first store, so that overlapping vectors and updates in place are right.
 */
export function finishTile(
  c: Contraction,
  site: Site,
  width: 1 | 4,
  loops: { i: string; j: string },
  cells: readonly Cell[],
): Stmt[] {
  const lets: Stmt[] = [];
  const stores: Stmt[] = [];
  for (const cell of cells) {
    const place = movedPlace(movedPlace(c.place, loops.i, cell.row), loops.j, cell.column);
    const locals = new Map<Node, string>([[c.node, cell.sum]]);
    for (const node of c.group.nodes) {
      // the last value may take the sum's register unless the sum itself is still to be stored
      const reuse = node === c.group.nodes.at(-1) && !site.slot(c.node);
      const name = node === c.node || reuse ? cell.sum : site.name(node);
      if (node !== c.node) {
        const value = express(node, place, scopeWith(site, locals, width === 4 ? loops.j : undefined, node));
        lets.push({ kind: name === cell.sum ? "set" : "let", name, value });
        locals.set(node, name);
      }
      stores.push(...storeOf(site, node, place, width === 4 ? "vector" : "one", local(name)));
    }
  }
  return [...lets, ...stores];
}
