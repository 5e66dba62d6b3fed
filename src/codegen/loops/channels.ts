import type { Expr, Extent, Index, Stmt } from "../kernels.ts";
import { strideOf } from "../places.ts";
import type { Axis, Contraction } from "./contraction.ts";
import { rowTiles, wrap, type RowTiles } from "./contract.ts";
import { tileLocal } from "./tile-body.ts";
import { cornerPlus, finishTile } from "./epilogue.ts";
import { indicesOf, isEven } from "./map.ts";
import { constant, inSteps, local, loopOver, moved, offset, type Site } from "./site.ts";

/*
 * Products channel by channel (depthwise convolution and its gradients): the lanes run along an axis that both
 * operands and the result share.
 */

/** True if lanes can run along the last shared axis of operands and result. */
export function channelsFit(c: Contraction, site: Site): boolean {
  const axis = c.batch.at(-1);
  if (!axis || typeof axis.extent !== "number" || axis.extent < 4 || c.columns.length > 0) return false;
  const along = [c.a.index, c.b.index, offset(site, c.node, c.place)];
  return (
    along.every((index) => strideOf(index, axis.loop) === 1) &&
    isEven(indicesOf(c.group.nodes, site, c.place), axis.loop)
  );
}

/** Taps that are written out one after the other, their weights kept in registers. */
const FEW_TAPS = 25;
/** Sums at once where the reduction is long: one load of B serves them all. */
const SUMS = 4;

export function channelLoops(c: Contraction, site: Site): Stmt[] {
  const axis = c.batch.at(-1)!;
  const count = c.reduction.reduce<Extent>(
    (p, { extent }) => (typeof p === "number" && typeof extent === "number" ? p * extent : { n: 1 }),
    1,
  );
  const few = typeof count === "number" && count <= FEW_TAPS;
  const body = (width: number): Stmt[] => (few ? tapRows(c, site, width) : longSums(c, site, width));
  const channels = inSteps(axis.loop, axis.extent, site.lanes, body);
  const outer = few ? c.rows.slice(0, -1) : [];
  return [...wrap([...c.batch.slice(0, -1), ...outer], channels)];
}

const load = (c: Contraction, side: "a" | "b", at: Index, width: number): Expr => ({
  kind: "load",
  how: width === 4 ? "vector" : "splat",
  buffer: c[side].buffer,
  at,
});

/** Every combination of the reduction's steps, as amounts to move by. */
function tapsOf(axes: readonly Axis[]): { loop: string; by: number }[][] {
  return axes.reduce<{ loop: string; by: number }[][]>(
    (taps, { loop, extent }) =>
      taps.flatMap((tap) => Array.from({ length: extent as number }, (_, by) => [...tap, { loop, by }])),
    [[]],
  );
}
/** The index of one tap: its loops do not run. */
const atTap = (index: Index, tap: readonly { loop: string; by: number }[]): Index => {
  const there = tap.reduce((x, { loop, by }) => moved(x, loop, by), index);
  return { base: there.base, terms: there.terms.filter((t) => !tap.some(({ loop }) => loop === t.loop)) };
};

/** For a vector of channels: the weights, then one sum a place along the last row axis. */
function tapRows(c: Contraction, site: Site, width: number): Stmt[] {
  const taps = tapsOf(c.reduction);
  const weights = taps.map((tap, k): Stmt => ({
    kind: "let",
    name: tileLocal("b", k),
    value: load(c, "b", atTap(c.b.index, tap), width),
  }));
  const sum = tileLocal("s", 0);
  const steps = taps.map((tap, k): Stmt => {
    const [x, y] = [load(c, "a", atTap(c.a.index, tap), width), local(tileLocal("b", k))];
    return k === 0
      ? { kind: "let", name: sum, value: { kind: "binary", op: "mul", x, y } }
      : { kind: "set", name: sum, value: { kind: "mac", x, y, z: local(sum) } };
  });
  const row = c.rows.at(-1);
  const lane = width === 4 ? c.batch.at(-1)!.loop : undefined;
  const end = finishTile(c, site, lane, [{ sum, place: c.place }]);
  const body = [...steps, ...end];
  return [...weights, ...(row ? loopOver(row.loop, 0, row.extent, 1, body) : body)];
}

/** For a vector of channels: a few sums at once through the whole reduction. */
function longSums(c: Contraction, site: Site, width: number): Stmt[] {
  const row = c.rows.at(-1);
  const high = rowTiles(row?.extent ?? 1, SUMS);
  const tiles = high.flatMap((h) =>
    loopOver(row?.loop ?? "i", h.from, h.to, h.step, oneTile(c, site, width, h)),
  );
  return [...wrap(c.rows.slice(0, -1), tiles)];
}

function oneTile(c: Contraction, site: Site, width: number, down: RowTiles): Stmt[] {
  const i = c.rows.at(-1)?.loop ?? "i";
  const sums = Array.from({ length: down.rows }, (_, m) => tileLocal("s", m));
  const y = tileLocal("b", 0);
  const step: Stmt[] = [
    { kind: "let", name: y, value: load(c, "b", c.b.index, width) },
    ...sums.map((name, m): Stmt => {
      const x = load(c, "a", moved(c.a.index, i, m), width);
      return { kind: "set", name, value: { kind: "mac", x, y: local(y), z: local(name) } };
    }),
  ];
  const loops = { i, j: c.batch.at(-1)!.loop };
  const cells = sums.map((sum, row) => ({ sum, place: cornerPlus(c.place, loops, row, 0) }));
  return [
    ...sums.map((name): Stmt => ({ kind: "let", name, value: constant(0) })),
    ...wrap(c.reduction, step),
    ...finishTile(c, site, width === 4 ? loops.j : undefined, cells),
  ];
}
