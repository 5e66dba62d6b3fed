import type { Node } from "../../ir/graph.ts";
import type { Group } from "../fuse/group.ts";
import type { Buffer, Expr, Index, Stmt } from "../kernels.ts";
import { at, combine, shift, strideOf, ZERO, type Place, type Slot } from "../places.ts";
import { cut, tiled, wrap, type Cut, type Panel } from "./contract.ts";
import type { Axis, Contraction } from "./contraction.ts";
import { finishTile } from "./epilogue.ts";
import { placePanel } from "./pack.ts";
import { inSteps, local, loopOver, moved, type Site } from "./site.ts";
import { asConvolution, type Convolution } from "./winograd-form.ts";
import { weighted, WINOGRAD, type Matrix, type Transforms } from "./winograd-transforms.ts";

/*
 * 3×3 convolutions by Winograd's minimal filtering: tiles of the image and the weights are transformed, multiplied
 * point by point (one matrix product a point, over the channels), and the products transformed back. F(2×2) multiplies
 * 2.25 times less than the sum of nine taps and rounds less; F(4×4) 4 times less, at about 3e-6 of the largest result.
 */

/** Fewer channels or filters do not repay the transforms. */
const FEWEST = 8;
/** Multiplications saved at least, borders counted. */
const WORTH = 1.4;
/** Elements of transformed image and products at a time: half of a second-level cache of 2 MB. */
const SCRATCH = 128 * 1024;

/** The loops of a convolution that is faster so; undefined for every other contraction. */
export function winogradLoops(group: Group, site: Site): Stmt[] | undefined {
  if (site.winograd === 0) return undefined;
  const c = asConvolution(group, site);
  if (!c || c.channels < FEWEST || c.filters < FEWEST) return undefined;
  const best = ([2, 4] as const)
    .filter((outputs) => outputs <= site.winograd && outputs <= Math.min(c.height, c.width))
    .map((outputs) => ({ outputs, saved: saved(c, outputs) }))
    .sort((p, q) => q.saved - p.saved)[0];
  return best && best.saved >= WORTH ? allTiles(c, site, WINOGRAD[best.outputs]) : undefined;
}

const saved = ({ height, width }: Convolution, outputs: number): number =>
  (9 * height * width) / ((outputs + 2) ** 2 * Math.ceil(height / outputs) * Math.ceil(width / outputs));

/** Tiles in a row: `count` of them from `from` on; the first `done` results of each are another tile's. */
interface Strip {
  readonly count: number;
  readonly from: Index;
  readonly done: number;
}
const fixed = (base: number): Index => ({ base, terms: [] });

/** Full tiles, then one that overlaps the last of them. */
function strips(from: number, size: number, outputs: number): Strip[] {
  const count = Math.floor((size - from) / outputs);
  const rest = (size - from) % outputs;
  return [
    ...(count ? [{ count, from: fixed(from), done: 0 }] : []),
    ...(rest ? [{ count: 1, from: fixed(size - outputs), done: outputs - rest }] : []),
  ];
}

/** What every block of tiles shares. */
interface Making {
  readonly c: Convolution;
  readonly site: Site;
  readonly t: Transforms;
  /** Tiles across an image. */
  readonly across: number;
  readonly image: Scratch;
  readonly products: Scratch;
  readonly weights: Cut;
}

/** For every point the tiles of a block, each `width` wide. */
interface Scratch {
  readonly buffer: Buffer;
  readonly width: number;
  /** From point to point. */
  readonly stride: number;
}

/** An odd number of cache lines, so that all points of a tile have places in the first-level cache. */
const apart = (size: number): number => LINE * (2 * Math.ceil((size / LINE - 1) / 2) + 1);
const LINE = 16;

const pointsOf = (t: Transforms): number => t.image.length ** 2;

function allTiles(c: Convolution, site: Site, t: Transforms): Stmt[] {
  const across = Math.ceil(c.width / t.outputs);
  const down = Math.ceil(c.height / t.outputs);
  const perRow = pointsOf(t) * across * (c.channels + c.filters);
  const most = Math.min(down, Math.max(1, Math.floor(SCRATCH / perRow)));
  const rows = Math.ceil(down / Math.ceil(down / most));
  const scratch = (name: string, width: number): Scratch => {
    const stride = apart(rows * across * width);
    return { buffer: site.temporary(`${site.name(c.node)}_${name}`, [pointsOf(t), stride]), width, stride };
  };
  const { before, weights } = transformWeights(c, site, t);
  const making: Making = {
    ...{ c, site, t, across, weights },
    image: scratch("tiles", c.channels),
    products: scratch("products", c.filters),
  };
  const many = rows * t.outputs;
  const whole = rows < down ? c.height - (c.height % many) : 0;
  const block = blockOf(making, [{ count: rows, from: at("rows"), done: 0 }]);
  const last = whole < c.height ? blockOf(making, strips(whole, c.height, t.outputs)) : [];
  const blocks = [...loopOver("rows", 0, whole, many, block), ...last];
  return [...before, ...loopOver("g", 0, c.images, 1, blocks)];
}

function blockOf(making: Making, down: readonly Strip[]): Stmt[] {
  const { c, t, across } = making;
  const wide = strips(0, c.width, t.outputs);
  const parts = placed(down).flatMap(([strip, row]) =>
    placed(wide).map(([beside, column]) => ({ strip, beside, first: row * across + column })),
  );
  const rows = down.reduce((sum, { count }) => sum + count, 0);
  return [
    ...parts.flatMap((part) => transformImage(making, part)),
    ...multiply(making, rows * across),
    ...parts.flatMap((part) => transformBack(making, part)),
  ];
}

/** Every strip with the number of its first tile. */
function placed(list: readonly Strip[]): [Strip, number][] {
  return list.map((strip, k) => [strip, list.slice(0, k).reduce((sum, { count }) => sum + count, 0)]);
}

/** Tiles of one row strip and one column strip, the first of them number `first` of the block. */
interface Part {
  readonly strip: Strip;
  readonly beside: Strip;
  readonly first: number;
}

const overTiles = ({ strip, beside }: Part, body: readonly Stmt[]): Stmt[] =>
  loopOver("y", 0, strip.count, 1, loopOver("x", 0, beside.count, 1, body));

/** An index over image rows and columns as one over tiles. */
function atTiles(index: Index, { strip, beside }: Part, outputs: number): Index {
  const rows = combine([
    { index: at("y", outputs), stride: 1 },
    { index: strip.from, stride: 1 },
  ]);
  const columns = shift(at("x", outputs), beside.from.base);
  return combine([
    { index: without(index, "y", "x"), stride: 1 },
    { index: rows, stride: strideOf(index, "y") },
    { index: columns, stride: strideOf(index, "x") },
  ]);
}
const without = ({ base, terms }: Index, ...loops: string[]): Index => ({
  base,
  terms: terms.filter(({ loop }) => !loops.includes(loop)),
});

/** Where a point of a tile lies in scratch memory. */
function inScratch(
  { t, across }: Making,
  { width, stride }: Scratch,
  { first }: Part,
  [row, column]: readonly [number, number],
  along: string,
): Index {
  return {
    base: (row * t.image.length + column) * stride + first * width,
    terms: [
      { loop: "y", stride: across * width },
      { loop: "x", stride: width },
      { loop: along, stride: 1 },
    ],
  };
}

/** M · x · Mᵀ; every row loads what it needs anew, so that few values are alive. */
function onBothSides(
  m: Matrix,
  load: (row: number, column: number) => Expr,
  use: (row: number, values: readonly Expr[]) => Stmt[],
): Stmt[] {
  const name = (row: number, column: number): string => `r${row}${column}`;
  return m.flatMap((factors, row) => [
    ...factors.map((_, column): Stmt => ({
      kind: "let",
      name: name(row, column),
      value: weighted(factors, (k) => load(k, column)),
    })),
    ...use(
      row,
      m.map((across) => weighted(across, (k) => local(name(row, k)))),
    ),
  ]);
}

function transformImage(making: Making, part: Part): Stmt[] {
  const { c, t, site, image } = making;
  const index = without(atTiles(c.a.index, part, t.outputs), "u", "v");
  const [down, across] = [strideOf(c.a.index, "u"), strideOf(c.a.index, "v")];
  const body = inSteps("k", c.channels, site.lanes, (width) =>
    onBothSides(
      t.image,
      (i, j) => ({
        kind: "load",
        how: width === 1 ? "splat" : "vector",
        buffer: c.a.buffer,
        at: shift(index, i * down + j * across),
      }),
      (row, values) =>
        values.map((value, column) => ({
          kind: "store",
          how: width === 1 ? "one" : "vector",
          buffer: image.buffer,
          at: inScratch(making, image, part, [row, column], "k"),
          value,
        })),
    ),
  );
  return overTiles(part, body);
}

/** For every point: [tiles, channels] · [channels, filters]. */
function multiply({ c, t, site, image, products, weights }: Making, count: number): Stmt[] {
  const shape = [pointsOf(t), count, c.filters];
  const node: Node = { ...c.node, shape };
  const slot: Slot = { buffer: products.buffer, base: ZERO, strides: [products.stride, c.filters, 1] };
  const inner: Site = {
    ...site,
    slot: (x) => (x === node ? slot : site.slot(x)),
    isStored: (x) => x === node || site.isStored(x),
  };
  const group: Group = { kind: "contract", nodes: [node], shape, inner: [], contraction: node };
  const index = combine([
    { index: at("p"), stride: image.stride },
    { index: at("i"), stride: image.width },
    { index: at("k"), stride: 1 },
  ]);
  const contraction: Contraction = {
    ...{ group, node, ...matrixAxes(c, count), a: { buffer: image.buffer, index }, b: c.b },
    batch: [{ loop: "p", extent: pointsOf(t) }],
    place: [at("p"), at("i"), at("j")],
  };
  return tiled(contraction, inner, 4, weights);
}

const matrixAxes = (c: Convolution, rows: number): Pick<Contraction, "rows" | "columns" | "reduction"> => ({
  rows: [{ loop: "i", extent: rows }],
  columns: [{ loop: "j", extent: c.filters }],
  reduction: [{ loop: "k", extent: c.channels }],
});

function transformBack(making: Making, part: Part): Stmt[] {
  const { c, t, site, products } = making;
  const corner: Place = c.place.map((index) => atTiles(index, part, t.outputs));
  const [h, w] = ["y", "x"].map((loop) => c.place.findIndex((index) => strideOf(index, loop) !== 0));
  const placeAt = (row: number, column: number): Place =>
    corner.map((index, k) => (k === h ? shift(index, row) : k === w ? shift(index, column) : index));
  const body = inSteps("j", c.filters, site.lanes, (width) =>
    onBothSides(
      t.result,
      (i, j) => ({
        kind: "load",
        how: width === 1 ? "splat" : "vector",
        buffer: products.buffer,
        at: inScratch(making, products, part, [i, j], "j"),
      }),
      (row, values) => {
        if (row < part.strip.done) return [];
        const cells = values
          .map((value, column) => ({ value, sum: `s${row}${column}`, place: placeAt(row, column) }))
          .slice(part.beside.done);
        const sums = cells.map(({ sum, value }): Stmt => ({ kind: "let", name: sum, value }));
        return [...sums, ...finishTile(c, site, width === 1 ? undefined : "j", cells)];
      },
    ),
  );
  return overTiles(part, body);
}

/** The weights transformed, in panels: ahead where the program keeps such copies, else before all tiles. */
function transformWeights(c: Convolution, site: Site, t: Transforms): { before: Stmt[]; weights: Cut } {
  const axes = matrixAxes(c, c.height);
  const parts = cut(site, { rows: c.height, columns: c.filters, reduction: c.channels, packable: true });
  let size = 0;
  const panels = parts.wide.map((tile) => {
    const { vectors, length } = placePanel(axes, tile, size);
    size += length;
    return { tile, vectors };
  });
  const atPoint = (vector: Index): Index => ({
    ...vector,
    terms: [{ loop: "p", stride: size }, ...vector.terms],
  });
  const fill = (target: Buffer): Stmt[] =>
    panels.flatMap(({ tile, vectors }) =>
      loopOver(
        "j",
        tile.from,
        tile.to,
        tile.step,
        loopOver(
          "k",
          0,
          c.channels,
          1,
          tile.chunks.flatMap((chunk, v) => transformVector(c, t, target, { chunk, at: vectors[v], size })),
        ),
      ),
    );
  const total = pointsOf(t) * size;
  const { kind, name } = c.b.buffer;
  const ahead = kind === "variable" || kind === "pack" ? site.pack?.(c.b.buffer, total, fill) : undefined;
  const buffer = ahead ?? site.temporary(`${name}_points`, [total]);
  const kept = panels.map(({ vectors }): Panel => ({ buffer, vectors: vectors.map(atPoint) }));
  return { before: ahead ? [] : fill(buffer), weights: { ...parts, panels: kept } };
}

/** Four filters' weights for one channel at all points, `size` elements from point to point. */
function transformVector(
  c: Convolution,
  t: Transforms,
  target: Buffer,
  { chunk, at: vector, size }: { chunk: number; at: Index; size: number },
): Stmt[] {
  const { index, buffer } = c.b;
  const even = strideOf(index, "j") === 1;
  const lane: Axis = { loop: "l", extent: even ? 1 : 4 };
  const along = (x: Index, stride: number): Index => ({
    ...x,
    terms: [...x.terms, { loop: lane.loop, stride }],
  });
  const first = along(moved(without(index, "u", "v"), "j", chunk), strideOf(index, "j"));
  const body = onBothSides(
    t.weights,
    (u, v) => ({
      kind: "load",
      how: even ? "vector" : "splat",
      buffer,
      at: shift(first, u * strideOf(index, "u") + v * strideOf(index, "v")),
    }),
    (row, values) =>
      values.map((value, column) => ({
        kind: "store",
        how: even ? "vector" : "one",
        buffer: target,
        at: along(shift(vector, (row * t.image.length + column) * size), 1),
        value,
      })),
  );
  return [...wrap([lane], body)];
}
