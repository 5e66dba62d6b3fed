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

/** Steps of the whole reduction. */
const depthOf = (c: Contraction): number => c.reduction.reduce((p, { extent }) => p * (extent as number), 1);

/** B copied into panels as wide as the tiles, so that every vector lies next to the one before. */
export function packPanels(c: Contraction, site: Site, tiles: readonly ColumnTiles[]): Panel[] {
  let size = 0;
  const panels = tiles.map((tile) => {
    const packed = packTile(c, tile, size);
    size += (((tile.to as number) - tile.from) / tile.step) * depthOf(c) * 4 * tile.chunks.length;
    return packed;
  });
  const buffer = site.pack!(c.b.buffer, size, (target) =>
    panels.flatMap((panel) => copyLoops(c, panel, target)),
  );
  return panels.map(({ vectors }) => ({ buffer, vectors }));
}

function packTile(c: Contraction, tile: ColumnTiles, start: number): Packed {
  const wide = 4 * tile.chunks.length;
  const depth = depthOf(c);
  let stride = wide;
  const steps = c.reduction.toReversed().map(({ loop, extent }) => {
    const term = { loop, stride };
    stride *= extent as number;
    return term;
  });
  // several panels of whole tiles, of as many columns as they are wide, or a single one of any width
  const several = (tile.to as number) - tile.from > tile.step;
  const panels = several ? [{ loop: c.columns[0].loop, stride: (depth * wide) / tile.step }] : [];
  const base = start - (several ? (tile.from / tile.step) * depth * wide : 0);
  const terms = [...panels, ...steps.toReversed()];
  return { tile, vectors: tile.chunks.map((_, v) => ({ base: base + 4 * v, terms })) };
}

function copyLoops(c: Contraction, { tile, vectors }: Packed, target: Buffer): Stmt[] {
  const j = c.columns[0].loop;
  const stores = tile.chunks.map((chunk, v): Stmt => {
    const value: Expr = { kind: "load", how: "vector", buffer: c.b.buffer, at: moved(c.b.index, j, chunk) };
    return { kind: "store", how: "vector", buffer: target, at: vectors[v], value };
  });
  return loopOver(j, tile.from, tile.to, tile.step, wrap(c.reduction, stores));
}
