import type { Buffer, Expr, Index, Stmt } from "../kernels.ts";
import { strideOf } from "../places.ts";
import type { ColumnTiles, Panel } from "./contract.ts";
import type { Contraction } from "./contraction.ts";
import { loopOver, moved, type Site } from "./site.ts";

/** True if B is a plain matrix of weights and the program keeps copies. */
export function canPack(c: Contraction, site: Site): boolean {
  const plain =
    c.reduction.length === 1 && c.columns.length === 1 && c.batch.length === 0 && c.b.index.base === 0;
  if (!site.pack || !plain || (c.b.buffer.kind !== "variable" && c.b.buffer.kind !== "pack")) return false;
  return typeof c.reduction[0].extent === "number" && strideOf(c.b.index, c.reduction[0].loop) !== 0;
}

/** One column of tiles and where its vectors lie in the copy. */
interface Packed {
  readonly tile: ColumnTiles;
  readonly vectors: readonly Index[];
}

/** B copied into panels as wide as the tiles, so that every vector lies next to the one before. */
export function packPanels(c: Contraction, site: Site, tiles: readonly ColumnTiles[]): Panel[] {
  const depth = c.reduction[0].extent as number;
  let size = 0;
  const panels = tiles.map((tile) => {
    const packed = packTile(c, tile, depth, size);
    size += (((tile.to as number) - tile.from) / tile.step) * depth * 4 * tile.chunks.length;
    return packed;
  });
  const buffer = site.pack!(c.b.buffer, size, (target) =>
    panels.flatMap((panel) => copyLoops(c, panel, depth, target)),
  );
  return panels.map(({ vectors }) => ({ buffer, vectors }));
}

function packTile(c: Contraction, tile: ColumnTiles, depth: number, start: number): Packed {
  const wide = 4 * tile.chunks.length;
  // the panel of this column of tiles starts where j = from + p · step
  const base = start - (tile.from / tile.step) * depth * wide;
  const terms = [
    { loop: c.columns[0].loop, stride: (depth * wide) / tile.step },
    { loop: c.reduction[0].loop, stride: wide },
  ];
  return { tile, vectors: tile.chunks.map((_, v) => ({ base: base + 4 * v, terms })) };
}

function copyLoops(c: Contraction, { tile, vectors }: Packed, depth: number, target: Buffer): Stmt[] {
  const [k, j] = [c.reduction[0].loop, c.columns[0].loop];
  const stores = tile.chunks.map((chunk, v): Stmt => {
    const value: Expr = { kind: "load", how: "vector", buffer: c.b.buffer, at: moved(c.b.index, j, chunk) };
    return { kind: "store", how: "vector", buffer: target, at: vectors[v], value };
  });
  return loopOver(j, tile.from, tile.to, tile.step, loopOver(k, 0, depth, 1, stores));
}
