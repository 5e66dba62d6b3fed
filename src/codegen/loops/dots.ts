import type { Expr, Index, Stmt } from "../kernels.ts";
import { strideOf } from "../places.ts";
import { rowTiles, wrap, type RowTiles } from "./contract.ts";
import { tileLocal } from "./tile-body.ts";
import type { Axis, Contraction } from "./contraction.ts";
import { cornerPlus, finishTile } from "./epilogue.ts";
import { indicesOf, isEven } from "./map.ts";
import { constant, local, loopOver, moved, offset, whole, type Site } from "./site.ts";

/** True if both operands are consecutive along the innermost reduction, at least a vector long. */
export function dotsFit(c: Contraction): boolean {
  const axis = c.reduction.at(-1);
  if (!axis || typeof axis.extent !== "number" || axis.extent < 4) return false;
  return strideOf(c.a.index, axis.loop) === 1 && strideOf(c.b.index, axis.loop) === 1;
}

/**
 * Lanes run along the reduction and hold partial sums; four columns are folded together at the end. This is
 * dA = dC · Bᵀ without a transpose.
 */
export function dotLoops(c: Contraction, site: Site): Stmt[] {
  const [rows, columns] = [c.rows.at(-1), c.columns.at(-1)];
  const jLoop = columns?.loop ?? "j";
  const extent = columns?.extent ?? 1;
  const even =
    typeof extent === "number" &&
    columns !== undefined &&
    strideOf(offset(site, c.node, c.place), jLoop) === 1 &&
    isEven(indicesOf(c.group.nodes, site, c.place), jLoop);
  const four = even ? whole(extent, 4) : 0;
  const high = rowTiles(rows?.extent ?? 1, site.tiles.dots.rows);
  const down = (count: number): Stmt[] =>
    high.flatMap((h) => loopOver(rows?.loop ?? "i", h.from, h.to, h.step, oneTile(c, site, h, count)));
  const wide = four === 0 ? [] : loopOver(jLoop, 0, four, 4, down(4));
  const rest = four === extent ? [] : loopOver(jLoop, four, extent, 1, down(1));
  return [...wrap([...c.batch, ...c.rows.slice(0, -1), ...c.columns.slice(0, -1)], [...wide, ...rest])];
}

function oneTile(c: Contraction, site: Site, down: RowTiles, columns: number): Stmt[] {
  const i = c.rows.at(-1)?.loop ?? "i";
  const j = c.columns.at(-1)?.loop ?? "j";
  const rows = Array.from({ length: down.rows }, (_, m) => m);
  const across = Array.from({ length: columns }, (_, v) => v);
  const sums = rows.map((m) => across.map((v) => tileLocal("s", m, v)));
  const starts = sums.flat().map((name): Stmt => ({ kind: "let", name, value: constant(0) }));
  const [xs, y] = [rows.map((m) => tileLocal("a", m)), tileLocal("b", 0)];
  const load = (index: Index, side: "a" | "b"): Expr => ({
    kind: "load",
    how: "vector",
    buffer: c[side].buffer,
    at: index,
  });
  const step = (k: string, by: number, mask: (x: Expr) => Expr): Stmt[] => [
    ...rows.map((m): Stmt => ({
      kind: "let",
      name: xs[m],
      value: mask(load(moved(moved(c.a.index, i, m), k, by), "a")),
    })),
    ...across.flatMap((v): Stmt[] => [
      { kind: "let", name: y, value: load(moved(moved(c.b.index, j, v), k, by), "b") },
      ...rows.map((m): Stmt => ({
        kind: "set",
        name: sums[m][v],
        value: { kind: "mac", x: local(xs[m]), y: local(y), z: local(sums[m][v]) },
      })),
    ]),
  ];
  const reduce = reductionLoops(c.reduction, step);
  const fold = rows.map((m): Stmt => ({ kind: "set", name: sums[m][0], value: folded(sums[m]) }));
  const cells = rows.map((m) => ({ sum: sums[m][0], place: cornerPlus(c.place, { i, j }, m, 0) }));
  return [...starts, ...reduce, ...fold, ...finishTile(c, site, columns === 4 ? j : undefined, cells)];
}

function folded(sums: readonly string[]): Expr {
  if (sums.length === 1) return { kind: "across", op: "sum", x: local(sums[0]) };
  const [p, q, r, s] = sums.map(local);
  return { kind: "sums", xs: [p, q, r, s] };
}

/** Whole vectors, then one that overlaps: the lanes already counted are masked. */
function reductionLoops(
  axes: readonly Axis[],
  step: (k: string, by: number, mask: (x: Expr) => Expr) => Stmt[],
): readonly Stmt[] {
  const { loop, extent } = axes.at(-1)!;
  const size = extent as number;
  const rest = size % 4;
  const main = loopOver(
    loop,
    0,
    size - rest,
    4,
    step(loop, 0, (x) => x),
  );
  const tail = rest
    ? loopOver(
        loop,
        size - 4,
        size,
        4,
        step(loop, 0, (x) => ({ kind: "last", count: rest, x })),
      )
    : [];
  return wrap(axes.slice(0, -1), [...main, ...tail]);
}
