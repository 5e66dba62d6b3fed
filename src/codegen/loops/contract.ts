import type { Group } from "../fuse/group.ts";
import type { Buffer, Extent, Index, Stmt } from "../kernels.ts";
import { strideOf, type Slot } from "../places.ts";
import type { ContractionShape, Tile } from "../tile.ts";
import { orientations, type Axis, type Contraction } from "./contraction.ts";
import { blockLoops, sumsOverImages } from "./blocks.ts";
import { channelLoops, channelsFit } from "./channels.ts";
import { dotLoops, dotsFit } from "./dots.ts";
import { indicesOf, isEven } from "./map.ts";
import { canPack, packPanels, panelsInPlace } from "./pack.ts";
import { loopOver, moved, offset, whole, type Site } from "./site.ts";
import { oneTile } from "./tile-body.ts";
import { collides, once, turnable, turnedCopy } from "./turned.ts";
import { updateLoops } from "./update.ts";
import { winogradLoops } from "./winograd.ts";

/** One row of tiles: `from`, `from + step` … below `to`, each `rows` high. */
export interface RowTiles {
  readonly from: Extent;
  readonly to: Extent;
  readonly step: number;
  readonly rows: number;
}
/** Where the vectors of one column of tiles lie. */
export interface Panel {
  readonly buffer: Buffer;
  readonly vectors: readonly Index[];
}
/** One column of tiles; `chunks` are the offsets of its vectors (or of its single columns). */
export interface ColumnTiles {
  readonly from: number;
  readonly to: Extent;
  readonly step: number;
  readonly chunks: readonly number[];
}

/** Every contraction: the operand that runs along the lanes decides the form. */
export function contractLoops(group: Group, site: Site): Stmt[] {
  const quick = winogradLoops(group, site);
  if (quick) return quick;
  const [written, exchanged] = orientations(group, site);
  if (site.lanes === 1) return updateLoops([written, exchanged], site) ?? cutTiles(written, site, 1);
  for (const c of [written, exchanged]) {
    if (!alongColumns(c, site) || canPack(c, site) || sumsOverImages(c)) continue;
    const better = panelled(c, site) ?? (collides(c) ? turned(c, site) : undefined);
    if (better) return better;
  }
  for (const c of [written, exchanged])
    if (alongColumns(c, site))
      return sumsOverImages(c)
        ? blockLoops(c, site, (block, sums) => cutTiles(block, site, 4, sums))
        : cutTiles(c, site, 4);
  for (const c of [written, exchanged]) if (channelsFit(c, site)) return channelLoops(c, site);
  for (const c of [written, exchanged]) {
    const better = panelled(c, site) ?? turned(c, site);
    if (better) return better;
  }
  for (const c of [written, exchanged]) if (dotsFit(c)) return dotLoops(c, site);
  return cutTiles(written, site, 1);
}

/** With B copied first so that the lanes can run along the columns, or its rows lie apart. */
function turned(c: Contraction, site: Site): Stmt[] | undefined {
  const copied = turnable(c, site) && turnedCopy(c, site);
  return copied && [...copied.copy, ...cutTiles(copied.c, site, 4)];
}

/** With B copied into panels first, where so many rows use it that the copy costs little. */
function panelled(c: Contraction, site: Site): Stmt[] | undefined {
  const shape = turnable(c, site);
  if (!shape || c.columns.length !== 1) return undefined;
  const tile = site.tiles.contract({ ...shape, packable: true });
  if (!tile.packed) return undefined;
  const wide = columnTiles(shape.columns, tile.columns, 4);
  const { copy, panels } = panelsInPlace(c, site, wide);
  return [...once(c, site, copy), ...tiled(c, site, 4, { tile, wide, panels })];
}

/** True if lanes can run along the columns: they are consecutive in B, in the result and in all the epilogue reads. */
function alongColumns(c: Contraction, site: Site): boolean {
  const axis = c.columns.at(-1);
  if (!axis || typeof axis.extent !== "number" || axis.extent < 4) return false;
  if (strideOf(c.b.index, axis.loop) !== 1) return false;
  const result = offset(site, c.node, c.place);
  return strideOf(result, axis.loop) === 1 && isEven(indicesOf(c.group.nodes, site, c.place), axis.loop);
}

/** How a contraction is cut, and where the vectors of B lie for each column of tiles. */
export interface Cut {
  readonly tile: Tile;
  readonly wide: readonly ColumnTiles[];
  readonly panels: readonly Panel[];
}

/** The tile for a shape of contraction whose lanes run along the columns, and the columns cut by it. */
export function cut(site: Site, shape: ContractionShape): Pick<Cut, "tile" | "wide"> {
  const tile = site.tiles.contract(shape);
  return { tile, wide: columnTiles(shape.columns, tile.columns, 4) };
}

const known = (x: Axis | undefined): number | undefined =>
  x === undefined ? 1 : typeof x.extent === "number" ? x.extent : undefined;

function cutOf(c: Contraction, site: Site, width: 1 | 4, inMemory: boolean): Cut {
  const [rows, columns] = [c.rows.at(-1), c.columns.at(-1)];
  const steps = c.reduction.map(known);
  const reduction = inMemory
    ? undefined
    : steps.reduce((p, q) => (p === undefined || q === undefined ? undefined : p * q), 1);
  const packable = width === 4 && canPack(c, site);
  const tile = site.tiles.contract({ rows: known(rows), columns: known(columns) ?? 1, reduction, packable });
  const wide = columnTiles(columns?.extent ?? 1, tile.columns, width);
  const vectors = (t: ColumnTiles): Index[] =>
    t.chunks.map((chunk) => moved(c.b.index, columns?.loop ?? "j", chunk));
  const panels =
    tile.packed && packable
      ? packPanels(c, site, wide)
      : wide.map((t) => ({ buffer: c.b.buffer, vectors: vectors(t) }));
  return { tile, wide, panels };
}

/** `sums`: where the tiles' sums are kept from block to block; what follows on them is not done here. */
export function tiled(
  c: Contraction,
  site: Site,
  width: 1 | 4,
  { tile, wide, panels }: Cut,
  sums?: Slot,
): Stmt[] {
  const [rows, columns] = [c.rows.at(-1), c.columns.at(-1)];
  const high = rowTiles(rows?.extent ?? 1, tile.rows, width === 4);
  const [iLoop, jLoop] = [rows?.loop ?? "i", columns?.loop ?? "j"];
  const body = (down: RowTiles, p: number): Stmt[] =>
    oneTile(c, site, width, { down, chunks: wide[p].chunks, panel: panels[p], tile, sums });
  const inner =
    tile.outer === "columns"
      ? wide.flatMap((w, p) =>
          run(
            jLoop,
            w,
            high.flatMap((h) => run(iLoop, h, body(h, p))),
          ),
        )
      : high.flatMap((h) =>
          run(
            iLoop,
            h,
            wide.flatMap((w, p) => run(jLoop, w, body(h, p))),
          ),
        );
  return [...wrap([...c.batch, ...c.rows.slice(0, -1), ...c.columns.slice(0, -1)], inner)];
}

/** Cut as the target's table of tiles says. */
const cutTiles = (c: Contraction, site: Site, width: 1 | 4, sums?: Slot): Stmt[] =>
  tiled(c, site, width, cutOf(c, site, width, sums !== undefined), sums);

const run = (loop: string, t: { from: Extent; to: Extent; step: number }, body: readonly Stmt[]): Stmt[] =>
  loopOver(loop, t.from, t.to, t.step, body);

export const wrap = (axes: readonly Axis[], body: readonly Stmt[]): readonly Stmt[] =>
  axes.reduceRight<readonly Stmt[]>((stmts, axis) => loopOver(axis.loop, 0, axis.extent, 1, stmts), body);

/** As few tiles as there can be, nearly of one height; full ones, then pairs or single rows, where the size is the batch. */
export function rowTiles(extent: Extent, height: number, pairs = false): RowTiles[] {
  if (typeof extent === "number") {
    const count = Math.ceil(extent / height);
    const low = Math.floor(extent / count);
    const border = (extent - low * count) * (low + 1);
    return [
      ...(border ? [{ from: 0, to: border, step: low + 1, rows: low + 1 }] : []),
      ...(border < extent ? [{ from: border, to: extent, step: low, rows: low }] : []),
    ];
  }
  const tiles: RowTiles[] = [];
  let from: Extent = 0;
  // one row alone waits for its own sums: two take hardly longer
  for (const rows of pairs && height > 2 && height % 2 === 0 ? [height, 2, 1] : [height, 1]) {
    if (from === extent) break;
    const to = whole(extent, rows);
    tiles.push({ from, to, step: rows, rows });
    from = to;
  }
  return tiles;
}

/** Full tiles, then a narrower one of whole vectors; a tail shorter than a vector widens the last tile and overlaps. */
function columnTiles(extent: Extent, wide: number, width: 1 | 4): ColumnTiles[] {
  if (typeof extent !== "number") return [{ from: 0, to: extent, step: 1, chunks: [0] }];
  let full = Math.floor(extent / wide);
  let rest = extent - full * wide;
  if (width === 4 && rest > 0 && rest < 4 && full > 0) [full, rest] = [full - 1, rest + wide];
  const start = full * wide;
  return [
    ...(full ? [{ from: 0, to: start, step: wide, chunks: chunksOf(wide, width) }] : []),
    ...(rest ? [{ from: start, to: extent, step: rest, chunks: chunksOf(rest, width) }] : []),
  ];
}
function chunksOf(columns: number, width: 1 | 4): number[] {
  const chunks = Array.from({ length: Math.floor(columns / width) }, (_, v) => v * width);
  return columns % width ? [...chunks, columns - width] : chunks;
}
