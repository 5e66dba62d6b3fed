import type { Buffer, Expr, Index, Stmt } from "../kernels.ts";
import { strideOf } from "../places.ts";
import { wrap, type ColumnTiles, type Panel } from "./contract.ts";
import type { Contraction } from "./contraction.ts";
import { loopOver, moved, type Site } from "./site.ts";

/** True if B is a plain array of weights and the program keeps copies. */
export function canPack(c: Contraction, site: Site): boolean {
  const plain =
    c.columns.length === 1 && c.batch.length === 0 && c.b.index.base === 0 && c.reduction.length > 0;
  const { kind } = c.b.buffer;
  if (!site.pack || !plain || (kind !== "variable" && kind !== "pack")) return false;
  return c.reduction.every(({ loop, extent }) => typeof extent === "number" && strideOf(c.b.index, loop) > 0);
}

/** One column of tiles and where its vectors lie in the copy. */
interface Packed {
  readonly tile: ColumnTiles;
  readonly vectors: readonly Index[];
}

/** B copied into panels as wide as the tiles, so that every vector lies next to the one before. */
export function packPanels(c: Contraction, site: Site, tiles: readonly ColumnTiles[]): Panel[] {
  const { packed, size } = placePanels(c, tiles);
  const buffer = site.pack!(c.b.buffer, size, (target) =>
    packed.flatMap((panel) => copyLoops(c, panel, target)),
  );
  return packed.map(({ vectors }) => ({ buffer, vectors }));
}

/** The same in memory of the kernel itself, with the loops that fill it. */
export function panelsInPlace(
  c: Contraction,
  site: Site,
  tiles: readonly ColumnTiles[],
): { panels: Panel[]; copy: Stmt[] } {
  const { packed, size } = placePanels(c, tiles);
  const buffer = site.temporary(`${c.b.buffer.name}_panels`, [size]);
  const copy = packed.flatMap((panel) => copyLoops(c, panel, buffer));
  return { copy, panels: packed.map(({ vectors }) => ({ buffer, vectors })) };
}

function placePanels(c: Contraction, tiles: readonly ColumnTiles[]): { packed: Packed[]; size: number } {
  let size = 0;
  const packed = tiles.map((tile) => {
    const { vectors, length } = placePanel(c, tile, size);
    size += length;
    return { tile, vectors };
  });
  return { packed, size };
}

/** Where the vectors of the panels of one column of tiles lie from `start` on, and how many elements they take. */
export function placePanel(
  c: Pick<Contraction, "reduction" | "columns">,
  tile: ColumnTiles,
  start: number,
): { vectors: Index[]; length: number } {
  const wide = 4 * tile.chunks.length;
  const depth = c.reduction.reduce((p, { extent }) => p * (extent as number), 1);
  let stride = wide;
  const steps = c.reduction.toReversed().map(({ loop, extent }) => {
    const term = { loop, stride };
    stride *= extent as number;
    return term;
  });
  // several panels of whole tiles, of as many columns as they are wide, or a single one of any width
  const count = ((tile.to as number) - tile.from) / tile.step;
  const panels = count > 1 ? [{ loop: c.columns[0].loop, stride: (depth * wide) / tile.step }] : [];
  const base = start - (count > 1 ? (tile.from / tile.step) * depth * wide : 0);
  const terms = [...panels, ...steps.toReversed()];
  const vectors = tile.chunks.map((_, v) => ({ base: base + 4 * v, terms }));
  return { vectors, length: count * depth * wide };
}

/** By vectors where B runs along the columns, else element by element. */
function copyLoops(c: Contraction, { tile, vectors }: Packed, target: Buffer): Stmt[] {
  const j = c.columns[0].loop;
  const along = strideOf(c.b.index, j) === 1;
  const copy = (from: number, to: Index): Stmt => {
    const value: Expr = {
      ...{ kind: "load", how: along ? "vector" : "splat", buffer: c.b.buffer },
      at: moved(c.b.index, j, from),
    };
    return { kind: "store", how: along ? "vector" : "one", buffer: target, at: to, value };
  };
  const stores = tile.chunks.flatMap((chunk, v) =>
    along
      ? [copy(chunk, vectors[v])]
      : [0, 1, 2, 3].map((lane) => copy(chunk + lane, { ...vectors[v], base: vectors[v].base + lane })),
  );
  return loopOver(j, tile.from, tile.to, tile.step, wrap(c.reduction, stores));
}
