import type { Buffer, Expr, Index, Stmt } from "../kernels.ts";
import { offsetIn, strideOf, type Slot } from "../places.ts";
import type { Tile } from "../tile.ts";
import { wrap, type Panel, type RowTiles } from "./contract.ts";
import type { Axis, Contraction } from "./contraction.ts";
import { cornerPlus, finishTile, type Cell } from "./epilogue.ts";
import { constant, local, loopOver, moved, whole, type Site } from "./site.ts";

/** Locals of a tile: s12 is the sum of row 1, column 2. Every tile is a body of its own and may use them again. */
export const tileLocal = (stem: "s" | "a" | "b", ...at: readonly number[]): string =>
  stem + at.join(at.some((k) => k > 9) ? "_" : "");

interface OneTile {
  readonly down: RowTiles;
  readonly chunks: readonly number[];
  readonly panel: Panel;
  readonly tile: Tile;
  readonly sums: Slot | undefined;
}

/** A tile of sums in registers: their start, the reduction, and what follows on them. */
export function oneTile(
  c: Contraction,
  site: Site,
  width: 1 | 4,
  { down, chunks, panel, tile, sums: kept }: OneTile,
): Stmt[] {
  const i = c.rows.at(-1)?.loop ?? "i";
  const j = c.columns.at(-1)?.loop ?? "j";
  const rows = Array.from({ length: down.rows }, (_, m) => m);
  const sums = rows.map((m) => chunks.map((_, v) => tileLocal("s", m, v)));
  const cells = rows.flatMap((m) =>
    chunks.map((chunk, v) => ({ sum: sums[m][v], place: cornerPlus(c.place, { i, j }, m, chunk) })),
  );
  const reduce = (x: Contraction, on: Panel): readonly Stmt[] =>
    reductionLoops(x.reduction, tile.unroll, (k, by) => tileStep(x, width, on, sums, { i, k, by }));
  const zeros = cells.map(({ sum }) => startAt(sum, constant(0)));
  const lane = width === 4 ? j : undefined;
  if (kept) {
    const memory = sumsIn(kept, c);
    const loads = cells.map((cell) => startAt(cell.sum, memory.load(cell)));
    return [...loads, ...reduce(c, panel), ...cells.map((cell) => memory.store(cell))];
  }
  const parts = tile.partial === undefined ? undefined : partsOf(c, panel, tile.partial);
  if (!parts) return [...zeros, ...reduce(c, panel), ...finishTile(c, site, lane, cells)];
  const [outer, last] = [parts.c.reduction.slice(0, -1), parts.c.reduction.slice(-1)];
  const totals = cells.map(({ sum, place }) => ({ sum: `t${sum.slice(1)}`, place }));
  const added = totals.map(({ sum }, k): Stmt => {
    return { kind: "set", name: sum, value: plus(local(sum), local(cells[k].sum)) };
  });
  return [
    ...totals.map(({ sum }) => startAt(sum, constant(0))),
    ...wrap(outer, [...zeros, ...reduce({ ...parts.c, reduction: last }, parts.panel), ...added]),
    ...finishTile(c, site, lane, totals),
  ];
}

const plus = (x: Expr, y: Expr): Expr => ({ kind: "binary", op: "add", x, y });
const startAt = (name: string, value: Expr): Stmt => ({ kind: "let", name, value });

/** The loop over parts of a long reduction. */
const PART = "part";

/**
 * A long reduction as parts of about `steps`, each summed on its own: its error grows with their length and number
 * instead of the whole length. Undefined where it is short, or of a length that has no such divisor.
 */
function partsOf(c: Contraction, panel: Panel, steps: number): { c: Contraction; panel: Panel } | undefined {
  const { loop, extent } = c.reduction.at(-1) ?? { loop: "k", extent: 1 };
  if (typeof extent !== "number") return undefined;
  const count = Array.from({ length: extent }, (_, k) => k + 1).find(
    (parts) => extent % parts === 0 && extent / parts <= 2 * steps,
  )!;
  const length = extent / count;
  const outer = c.reduction.slice(0, -1);
  if (length < steps / 2 || (count === 1 && outer.every((axis) => axis.extent === 1))) return undefined;
  const split = (index: Index): Index => {
    const stride = strideOf(index, loop) * length;
    return count === 1 ? index : { ...index, terms: [...index.terms, { loop: PART, stride }] };
  };
  const reduction = [
    ...outer,
    ...(count > 1 ? [{ loop: PART, extent: count }] : []),
    { loop, extent: length },
  ];
  return {
    c: { ...c, reduction, a: { ...c.a, index: split(c.a.index) } },
    panel: { ...panel, vectors: panel.vectors.map(split) },
  };
}

/** One step of the reduction: every sum of the tile gets its product. */
function tileStep(
  c: Contraction,
  width: 1 | 4,
  panel: Panel,
  sums: readonly (readonly string[])[],
  { i, k, by }: { i: string; k: string; by: number },
): Stmt[] {
  const how = width === 4 ? "vector" : "splat";
  const y = panel.vectors.map((_, v) => tileLocal("b", v));
  const load = (buffer: Buffer, how: "vector" | "splat", at: Index): Expr => ({
    ...{ kind: "load", how, buffer, at },
  });
  return [
    ...y.map((name, v): Stmt => {
      return { kind: "let", name, value: load(panel.buffer, how, moved(panel.vectors[v], k, by)) };
    }),
    ...sums.flatMap((row, m): Stmt[] => [
      {
        kind: "let",
        name: tileLocal("a", m),
        value: load(c.a.buffer, "splat", moved(moved(c.a.index, i, m), k, by)),
      },
      ...row.map((name, v): Stmt => ({
        kind: "set",
        name,
        value: { kind: "mac", x: local(tileLocal("a", m)), y: local(y[v]), z: local(name) },
      })),
    ]),
  ];
}

/** Loads and stores of a tile's sums between blocks. */
function sumsIn(
  { buffer, ...slot }: Slot,
  c: Contraction,
): { load(cell: Cell): Expr; store(cell: Cell): Stmt } {
  const at = (cell: Cell): Index => offsetIn({ buffer, ...slot }, c.node.shape, cell.place);
  return {
    load: (cell) => ({ kind: "load", how: "vector", buffer, at: at(cell) }),
    store: (cell) => ({ kind: "store", how: "vector", buffer, at: at(cell), value: local(cell.sum) }),
  };
}

/** The reduction's loops, the innermost unrolled. */
function reductionLoops(
  axes: readonly Axis[],
  unroll: number,
  step: (k: string, by: number) => Stmt[],
): readonly Stmt[] {
  const inner = axes.at(-1);
  if (!inner) return step("k", 0);
  const { loop, extent } = inner;
  const times = typeof extent === "number" && extent >= unroll ? unroll : 1;
  const full = whole(extent, times);
  const body = Array.from({ length: times }, (_, u) => step(loop, u)).flat();
  const rest = times > 1 && full !== extent ? loopOver(loop, full, extent, 1, step(loop, 0)) : [];
  return wrap(axes.slice(0, -1), [...loopOver(loop, 0, full, times, body), ...rest]);
}
