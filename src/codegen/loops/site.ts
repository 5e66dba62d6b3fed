import type { Node, Size, Sizes } from "../../ir/graph.ts";
import type { Scope } from "../express.ts";
import type { Buffer, Expr, Extent, Index, Stmt } from "../kernels.ts";
import { combine, offsetIn, offsetOf, strideOf, ZERO, type Place, type Slot } from "../places.ts";
import type { Tiles, Winograd } from "../tile.ts";

/** What making a kernel needs to know about its surroundings. */
export interface Site {
  /** Where a node lies in memory; undefined for a value that lives in its kernel only. */
  slot(node: Node): Slot | undefined;
  isStored(node: Node): boolean;
  /** Memory for a value while this kernel runs. */
  temporary(name: string, shape: Sizes): Buffer;
  /** A readable name for a local that holds this node. */
  name(node: Node): string;
  /** A name for a block of the kernel. */
  block(what: string): string;
  readonly lanes: 1 | 4;
  readonly tiles: Tiles;
  /** The widest tile of Winograd's convolution; 0: none. */
  readonly winograd: Winograd;
  /** A copy of a variable in another order, where the program keeps such copies: `fill` writes it. */
  pack?(source: Buffer, size: number, fill: (target: Buffer) => Stmt[]): Buffer;
  /** In a loop over time: its steps, and where to put what needs to be done but once, before the first. */
  readonly repeated?: { readonly times: number; readonly before: (stmts: Stmt[]) => void };
}

/** Where a node's element lies, or would lie, in its buffer. */
export function offset(site: Site, node: Node, place: Place): Index {
  const slot = site.slot(node);
  return slot ? offsetIn(slot, node.shape, place) : offsetOf(node.shape, place);
}
/** Writes a node's element, if the node lies in memory. */
export function storeOf(site: Site, node: Node, place: Place, how: "vector" | "one", value: Expr): Stmt[] {
  const slot = site.slot(node);
  return slot
    ? [{ kind: "store", how, buffer: slot.buffer, at: offsetIn(slot, node.shape, place), value }]
    : [];
}

export const LOOPS = ["i", "j", "k", "l", "p", "q", "r", "s"] as const;
export const extentOf = (size: Size): Extent => (size === "n" ? { n: 1 } : size);
export const isOne = (extent: Extent): boolean => extent === 1;

export function times(a: Extent, b: Extent): Extent {
  if (typeof a === "number") return typeof b === "number" ? a * b : { n: a * b.n };
  return { n: a.n * (b as number) };
}

export const local = (name: string): Expr => ({ kind: "local", name });
export const constant = (value: number): Expr => ({ kind: "const", value });

/** `for (loop = from; loop < to; loop += step)`, left out where it never runs. */
export function loopOver(
  loop: string,
  from: Extent,
  to: Extent,
  step: number,
  body: readonly Stmt[],
): Stmt[] {
  if (typeof from === "number" && from === to) return [];
  return [{ kind: "for", loop, from, to, step, body }];
}

/** The largest multiple of `width` in an extent. */
export function whole(extent: Extent, width: number): Extent {
  if (width === 1) return extent;
  if (typeof extent === "number") return extent - (extent % width);
  return extent.n % width === 0 ? extent : { n: extent.n, multiple: width };
}

const sameExtent = (a: Extent, b: Extent): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Runs `body` in steps of `width` as far as they go, then one at a time. */
export function inSteps(
  loop: string,
  extent: Extent,
  width: number,
  body: (width: number) => Stmt[],
): Stmt[] {
  const full = whole(extent, width);
  const main = full === 0 ? [] : loopOver(loop, 0, full, width, body(width));
  return sameExtent(full, extent) ? main : [...main, ...loopOver(loop, full, extent, 1, body(1))];
}

/** A run of dimensions walked by one loop, because memory is walked evenly across them. */
export interface Run {
  readonly loop: string;
  readonly dims: readonly number[];
  readonly extent: Extent;
}

/** Merges neighbouring dimensions wherever every index moves through them evenly. `indices` are over loops d0, d1, … */
export function collapse(
  shape: readonly Size[],
  dims: readonly number[],
  indices: readonly Index[],
  names: readonly string[],
): Run[] {
  const runs: { dims: number[]; extent: Extent }[] = [];
  for (const k of dims) {
    const extent = extentOf(shape[k]);
    if (isOne(extent)) continue;
    const last = runs.at(-1);
    const inner = last?.dims.at(-1);
    const even =
      inner !== undefined &&
      inner === previous(shape, k) &&
      typeof extent === "number" &&
      indices.every((x) => strideOf(x, `d${inner}`) === strideOf(x, `d${k}`) * extent);
    if (last && even) {
      last.dims.push(k);
      last.extent = times(last.extent, extent);
    } else runs.push({ dims: [k], extent });
  }
  return runs.map((run, i) => ({ ...run, loop: names[i] }));
}
/** The nearest dimension before k that is not 1. */
function previous(shape: readonly Size[], k: number): number {
  let p = k - 1;
  while (p >= 0 && shape[p] === 1) p--;
  return p;
}

/** The place of a shape's dimensions under the runs' loops: a run's loop counts along its last dimension. */
export function placeOf(rank: number, runs: readonly Run[]): Place {
  const place = new Array<Index>(rank).fill(ZERO);
  for (const run of runs) place[run.dims.at(-1)!] = { base: 0, terms: [{ loop: run.loop, stride: 1 }] };
  return place;
}

/** An index with a constant added to one of its loops. */
export function moved(index: Index, loop: string, by: number): Index {
  return { base: index.base + strideOf(index, loop) * by, terms: index.terms };
}
/** An index with another added to one of its loops. */
export function shifted(index: Index, loop: string, by: Index): Index {
  const stride = strideOf(index, loop);
  return combine([
    { index, stride: 1 },
    { index: by, stride },
  ]);
}
export const movedPlace = (place: Place, loop: string, by: number): Place =>
  place.map((x) => moved(x, loop, by));

/** Wraps statements in loops, the first run outermost. */
export function nest(runs: readonly Run[], body: readonly Stmt[]): readonly Stmt[] {
  return runs.reduceRight<readonly Stmt[]>((inner, run) => loopOver(run.loop, 0, run.extent, 1, inner), body);
}

/** A scope in which some nodes are locals; `self` is being computed, so that its own memory says nothing yet. */
export function scopeWith(site: Site, locals: ReadonlyMap<Node, string>, lane?: string, self?: Node): Scope {
  return {
    local: (node) => {
      const name = locals.get(node);
      return name === undefined ? undefined : local(name);
    },
    slot: (node) => (node === self ? undefined : site.slot(node)),
    lane,
  };
}
