import type { Block, Buffer, Expr, Index, Stmt } from "../kernels.ts";
import { at, strideOf } from "../places.ts";
import type { UpdateTiles } from "../tile.ts";
import { rowTiles, wrap } from "./contract.ts";
import { tileLocal } from "./tile-body.ts";
import type { Axis, Contraction } from "./contraction.ts";
import { finishTile } from "./epilogue.ts";
import { constant, local, loopOver, whole, type Site } from "./site.ts";

/** A contraction as it is cut: `rows` of its sums are in memory at a time. */
interface Product {
  readonly c: Contraction;
  readonly site: Site;
  readonly tiles: UpdateTiles;
  readonly rows: number;
  readonly column: Axis;
  readonly width: number;
  readonly sums: Buffer;
  /** By name: a block may be run from several loops. */
  readonly blocks: Map<string, Block>;
}

/** The form for the first of these contractions that has enough columns side by side, if one has. */
export function updateLoops(candidates: readonly Contraction[], site: Site): Stmt[] | undefined {
  for (const c of candidates) {
    const product = productOf(c, site);
    if (product) return loops(product);
  }
  return undefined;
}

function productOf(c: Contraction, site: Site): Product | undefined {
  const [row, column] = [c.rows.at(-1), c.columns.at(-1)];
  const { update: tiles } = site.tiles;
  if (!tiles || !column || typeof column.extent !== "number" || c.reduction.length === 0) return undefined;
  const known = row === undefined ? 1 : typeof row.extent === "number" ? row.extent : undefined;
  const width = column.extent;
  const most = tiles.rows({ rows: known, columns: width, reduction: undefined, packable: false });
  if (most === undefined) return undefined;
  const rows = Math.min(most, known ?? most);
  const sums: Buffer = { name: "sums", shape: [rows * width], kind: "scratch" };
  return { c, site, tiles, rows, column, width, sums, blocks: new Map() };
}

/** Rows of sums from zero, all that is added to them, and what follows on each. */
function loops(product: Product): Stmt[] {
  const { c, width, sums } = product;
  const row = c.rows.at(-1);
  const inner = rowTiles(row?.extent ?? 1, product.rows).flatMap(({ from, to, step, rows }) => {
    const clear = loopOver("j", 0, rows * width, 1, [store(sums, at("j"), constant(0))]);
    const body = [...clear, ...reduction(product, rows), ...finish(product, rows)];
    return row ? loopOver(row.loop, from, to, step, body) : body;
  });
  return [...wrap([...c.batch, ...c.rows.slice(0, -1), ...c.columns.slice(0, -1)], inner)];
}

/** Loops over the reduction, the innermost in blocks of several steps. */
function reduction(product: Product, rows: number): readonly Stmt[] {
  const { c, tiles } = product;
  const { loop, extent } = c.reduction.at(-1)!;
  const most = tiles.steps(rows);
  const steps = typeof extent === "number" ? Math.min(most, extent) : most;
  const full = whole(extent, steps);
  const rest = typeof extent === "number" ? extent % steps : 1;
  return wrap(c.reduction.slice(0, -1), [
    ...loopOver(loop, 0, full, steps, [enter(product, rows, steps)]),
    ...(full === extent ? [] : loopOver(loop, full, extent, rest, [enter(product, rows, rest)])),
  ]);
}

/** Columns stand at the start in both operands: the block runs along them. */
function enter(product: Product, rows: number, steps: number): Stmt {
  const { c, site, column, blocks } = product;
  const size = `${rows}x${steps}`;
  const block = blocks.get(size) ?? blockOf(product, site.block(size), rows, steps);
  blocks.set(size, block);
  const start = { ...c.b.index, terms: c.b.index.terms.filter(({ loop }) => loop !== column.loop) };
  return { kind: "enter", block, at: [c.a.index, start] };
}

/** The names of a block's pointers: to the first element of A that it holds, and of B that passes. */
const [A, B] = ["a", "b"];
const counts = (n: number): number[] => Array.from({ length: n }, (_, k) => k);

/** Elements of A in locals; then, column by column, the elements of B that meet them, and every sum. */
function blockOf({ c, column, width, sums }: Product, name: string, rows: number, steps: number): Block {
  const [i, k] = [c.rows.at(-1)?.loop ?? "i", c.reduction.at(-1)!.loop];
  const [down, along] = [counts(rows), counts(steps)];
  const held = down.flatMap((r) =>
    along.map((u): Stmt => {
      const base = strideOf(c.a.index, i) * r + strideOf(c.a.index, k) * u;
      return { kind: "let", name: tileLocal("a", r, u), value: load(c.a.buffer, { base, terms: [] }, A) };
    }),
  );
  const passing = along.map((u): Stmt => {
    const place = at(column.loop, strideOf(c.b.index, column.loop), strideOf(c.b.index, k) * u);
    return { kind: "let", name: tileLocal("b", u), value: load(c.b.buffer, place, B) };
  });
  const added = down.map((r): Stmt => {
    const place = at(column.loop, 1, r * width);
    const products = along.map((u) => binary("mul", local(tileLocal("a", r, u)), local(tileLocal("b", u))));
    return store(sums, place, binary("add", load(sums, place), total(products)));
  });
  return {
    name,
    says: `sums[r,j] += Σₖ a[r,k] · b[k,j] for ${rows} × ${steps} elements of a`,
    pointers: [
      { name: A, buffer: c.a.buffer },
      { name: B, buffer: c.b.buffer },
    ],
    body: [...held, ...loopOver(column.loop, 0, width, 1, [...passing, ...added])],
  };
}

/** In two halves from eight on, so that additions need not all wait for one another. */
const total = (terms: readonly Expr[]): Expr =>
  terms.length < 8
    ? terms.reduce((x, y) => binary("add", x, y))
    : binary("add", total(terms.slice(0, 4)), total(terms.slice(4)));

/** What follows the product, on every sum of these rows. */
function finish({ c, site, width, sums, column }: Product, rows: number): readonly Stmt[] {
  const row = c.rows.at(-1);
  const place = row && rows > 1 ? c.place.map((x) => below(x, row.loop)) : c.place;
  const sum = {
    base: 0,
    terms: [...(rows > 1 ? [{ loop: ROW, stride: width }] : []), ...at(column.loop).terms],
  };
  const body: Stmt[] = [
    { kind: "let", name: SUM, value: load(sums, sum) },
    ...finishTile(c, site, undefined, [{ sum: SUM, place }]),
  ];
  const across = loopOver(column.loop, 0, width, 1, body);
  return rows > 1 ? loopOver(ROW, 0, rows, 1, across) : across;
}

/** The loop over finished rows, and the sum in hand. */
const [ROW, SUM] = ["r", "s"];

/** A place so many rows below the first of the block. */
const below = ({ base, terms }: Index, loop: string): Index => ({
  base,
  terms: terms.flatMap((t) => (t.loop === loop ? [t, { loop: ROW, stride: t.stride }] : [t])),
});

const load = (buffer: Buffer, where: Index, from?: string): Expr => {
  return { kind: "load", how: "splat", buffer, at: where, ...(from && { from }) };
};
const store = (buffer: Buffer, where: Index, value: Expr): Stmt => {
  return { kind: "store", how: "one", buffer, at: where, value };
};
const binary = (op: "add" | "mul", x: Expr, y: Expr): Expr => ({ kind: "binary", op, x, y });
