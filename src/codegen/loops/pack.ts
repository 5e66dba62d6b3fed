import type { Expr, Index, Stmt } from "../kernels.ts";
import { strideOf } from "../places.ts";
import type { ColumnTiles, Panel } from "./contract.ts";
import type { Contraction } from "./contraction.ts";
import { loopOver, moved, type Site } from "./site.ts";

/** True if B is a plain matrix of weights and the program keeps copies. */
export function canPack(c: Contraction, site: Site): boolean {
  const plain =
    c.reduction.length === 1 && c.columns.length === 1 && c.batch.length === 0 && c.b.index.base === 0;
  if (!site.pack || !plain || c.b.buffer.kind !== "variable") return false;
  return typeof c.reduction[0].extent === "number" && strideOf(c.b.index, c.reduction[0].loop) !== 0;
}

/** B copied into panels as wide as the tiles, so that every vector lies next to the one before. */
export function packPanels(c: Contraction, site: Site, tiles: readonly ColumnTiles[]): Panel[] {
  const [k, j] = [c.reduction[0].loop, c.columns[0].loop];
  const depth = c.reduction[0].extent as number;
  let size = 0;
  const panels = tiles.map((t) => {
    const wide = 4 * t.chunks.length;
    const count = ((t.to as number) - t.from) / t.step;
    // panel p of this tile starts where j = from + p · step
    const base = size - (t.from / t.step) * depth * wide;
    size += count * depth * wide;
    const vectors = t.chunks.map((_, v): Index => {
      return {
        base: base + 4 * v,
        terms: [
          { loop: j, stride: (depth * wide) / t.step },
          { loop: k, stride: wide },
        ],
      };
    });
    return { tile: t, vectors };
  });
  const load = (chunk: number): Expr => ({
    kind: "load",
    how: "vector",
    buffer: c.b.buffer,
    at: moved(c.b.index, j, chunk),
  });
  const buffer = site.pack!(c.b.buffer, size, (target) =>
    panels.flatMap(({ tile, vectors }) => {
      const stores = tile.chunks.map((chunk, v): Stmt => ({
        kind: "store",
        how: "vector",
        buffer: target,
        at: vectors[v],
        value: load(chunk),
      }));
      return loopOver(j, tile.from, tile.to, tile.step, loopOver(k, 0, depth, 1, stores));
    }),
  );
  return panels.map(({ vectors }) => ({ buffer, vectors }));
}
