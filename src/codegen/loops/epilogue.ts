import type { Node } from "../../ir/graph.ts";
import { express } from "../express.ts";
import type { Stmt } from "../kernels.ts";
import type { Contraction } from "./contraction.ts";
import type { Place } from "../places.ts";
import { local, movedPlace, scopeWith, storeOf, type Site } from "./site.ts";

/** A finished sum of a tile, and the place of the result it belongs to. */
export interface Cell {
  readonly sum: string;
  readonly place: Place;
}

/** The place so many rows and columns from a tile's corner. */
export const cornerPlus = (corner: Place, loops: TileLoops, row: number, column: number): Place =>
  movedPlace(movedPlace(corner, loops.i, row), loops.j, column);
/** The loops over a tile's rows and columns. */
export interface TileLoops {
  readonly i: string;
  readonly j: string;
}

/**
 * What follows a contraction on each of its sums: bias, activation, mask, the update of a weight. Every value is
 * computed before the first store, so that overlapping vectors and updates in place are right. `lane` is the loop along
 * which vectors run.
 */
export function finishTile(
  c: Pick<Contraction, "group" | "node">,
  site: Site,
  lane: string | undefined,
  cells: readonly Cell[],
): Stmt[] {
  const lets: Stmt[] = [];
  const stores: Stmt[] = [];
  for (const cell of cells) {
    const { place } = cell;
    const locals = new Map<Node, string>([[c.node, cell.sum]]);
    for (const node of c.group.nodes) {
      // the last value may take the sum's register unless the sum itself is still to be stored
      const reuse = node === c.group.nodes.at(-1) && !site.slot(c.node);
      const name = node === c.node || reuse ? cell.sum : site.name(node);
      if (node !== c.node) {
        const value = express(node, place, scopeWith(site, locals, lane, node));
        lets.push({ kind: name === cell.sum ? "set" : "let", name, value });
        locals.set(node, name);
      }
      stores.push(...storeOf(site, node, place, lane === undefined ? "one" : "vector", local(name)));
    }
  }
  return [...lets, ...stores];
}
