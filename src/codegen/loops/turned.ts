import type { Expr, Index, Stmt } from "../kernels.ts";
import { strideOf } from "../places.ts";
import type { ContractionShape } from "../tile.ts";
import { wrap } from "./contract.ts";
import type { Axis, Contraction, Operand } from "./contraction.ts";
import { indicesOf, isEven } from "./map.ts";
import { offset, type Site } from "./site.ts";

/** Rows from which on a copy of B costs little beside the product. */
const MANY_ROWS = 32;

/** The shape of a product of which many rows use B, in a result with columns side by side: then B may be copied first. */
export function turnable(c: Contraction, site: Site): ContractionShape | undefined {
  const column = c.columns.at(-1);
  const axes = [...c.reduction, ...c.columns];
  if (!column || c.batch.length > 0 || !axes.every((axis) => typeof axis.extent === "number"))
    return undefined;
  const rows = c.rows.reduce(
    (p, { extent }) => p * (typeof extent === "number" ? extent : extent.n),
    before(c, site)?.times ?? 1,
  );
  const columns = column.extent as number;
  if (columns < 4 || rows < MANY_ROWS) return undefined;
  const even = isEven(indicesOf(c.group.nodes, site, c.place), column.loop);
  if (!even || strideOf(offset(site, c.node, c.place), column.loop) !== 1) return undefined;
  const last = c.rows.at(-1)?.extent ?? 1;
  const reduction = product(c.reduction.map(({ extent }) => extent as number));
  return { rows: typeof last === "number" ? last : undefined, columns, reduction, packable: false };
}

/** Weights are the same in every step of a loop over time. */
const before = (c: Contraction, site: Site): Site["repeated"] =>
  c.b.buffer.kind === "variable" ? site.repeated : undefined;

/** A copy of B: made before a loop over time where that does. */
export function once(c: Contraction, site: Site, copy: Stmt[]): Stmt[] {
  const repeated = before(c, site);
  repeated?.before(copy);
  return repeated ? [] : copy;
}

/**
 * B copied row by row so that the lanes can run along the columns (the gradient of a convolution's input: its weights,
 * channels exchanged).
 */
export function turnedCopy(c: Contraction, site: Site): { copy: Stmt[]; c: Contraction } {
  const axes = [...c.reduction, ...c.columns];
  const sizes = axes.map((axis, k) =>
    k < axes.length - 1 ? (axis.extent as number) : spaced(axis.extent as number),
  );
  const buffer = site.temporary(`${c.b.buffer.name}_turned`, sizes);
  const index: Index = {
    base: 0,
    terms: axes.map(({ loop }, k) => ({ loop, stride: product(sizes.slice(k + 1)) })),
  };
  const value: Expr = { kind: "load", how: "splat", buffer: c.b.buffer, at: c.b.index };
  const store: Stmt = { kind: "store", how: "one", buffer, at: index, value };
  const copy = once(c, site, [...wrap(alongB(axes, c), [store])]);
  return { copy, c: { ...c, b: { buffer, index } } };
}

/** Rows a power of two apart would share few sets of the cache. */
export const spaced = (size: number): number => (size % SETS === 0 ? size + LINE : size);
const SETS = 128;
const LINE = 16;

/** True if the rows of B lie so that they push one another out of the first-level cache. */
export const collides = (c: Contraction): boolean => collide(c.b, c.reduction);

/** And those of any operand, a row for every step. */
export function collide({ index }: Operand, steps: readonly Axis[]): boolean {
  const inner = steps.at(-1);
  return inner !== undefined && strideOf(index, inner.loop) % (2 * SETS) === 0;
}

const product = (sizes: readonly number[]): number => sizes.reduce((p, q) => p * q, 1);

/** Loops in the order in which B lies. */
const alongB = (axes: readonly Axis[], c: Contraction): Axis[] =>
  [...axes].sort((p, q) => Math.abs(strideOf(c.b.index, q.loop)) - Math.abs(strideOf(c.b.index, p.loop)));
