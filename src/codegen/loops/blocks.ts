import type { Node } from "../../ir/graph.ts";
import { numel } from "../../ir/tensor.ts";
import type { Expr, Index, Stmt } from "../kernels.ts";
import { strideOf, stridesOf, wholeSlot, type Slot } from "../places.ts";
import { wrap } from "./contract.ts";
import type { Axis, Contraction, Operand } from "./contraction.ts";
import { mapLoops } from "./map.ts";
import { collide, spaced } from "./turned.ts";
import { constant, inSteps, loopOver, shifted, type Site } from "./site.ts";

/*
 * Sums over a batch of images (the gradient of a convolution's weights). Tile by tile every one would stream all images
 * through the caches. Instead each image, or some rows of it, passes through all tiles while it lies in the first-level
 * cache, and the sums wait in memory meanwhile.
 */

/** Steps of the reduction that repay loading and storing the sums. */
const STEPS = 32;
/** Elements of both operands that stay in the first-level cache beside the sums: 40 kB of 48 (32 on older machines). */
const NEAR = 10_000;
const BLOCK = "rows";

/** True if the sum runs over the batch and within it over rows of more than single elements. */
export function sumsOverImages(c: Contraction): boolean {
  const [batch, ...inner] = c.reduction;
  if (!batch || typeof batch.extent === "number" || inner.length === 0) return false;
  return inner.every((axis) => typeof axis.extent === "number");
}

/** Zeros, the tiles of every block in turn (`tiles` adds to the sums in memory), then what follows on the sums. */
export function blockLoops(
  c: Contraction,
  site: Site,
  tiles: (block: Contraction, sums: Slot) => Stmt[],
): Stmt[] {
  const { shape } = c.node;
  const sums = site.slot(c.node) ?? wholeSlot(site.temporary(`${site.name(c.node)}_in_memory`, shape), shape);
  const [batch, rows, ...inner] = c.reduction;
  const block = (from: Index, extent: number): Stmt[] => {
    const reduction = [{ ...rows, extent }, ...inner];
    const a = spacedCopy(fromRow(c.a, rows, from), reduction, c.rows, site);
    const b = spacedCopy(fromRow(c.b, rows, from), reduction, c.columns, site);
    return [...a.copy, ...b.copy, ...tiles({ ...c, reduction, a: a.operand, b: b.operand }, sums)];
  };
  const count = rows.extent as number;
  const height = heightOf(c);
  const full = count - (count % height);
  const first = block({ base: 0, terms: [{ loop: BLOCK, stride: 1 }] }, height);
  const each = loopOver(BLOCK, 0, full, height, first);
  const last = full < count ? block({ base: full, terms: [] }, count - full) : [];
  const after = c.group.nodes.filter((node) => node !== c.node);
  const finish = after.length
    ? mapLoops({ kind: "map", nodes: after, shape, inner: [] }, withSums(site, c.node, sums))
    : [];
  return [
    ...zeros(sums, numel(shape as readonly number[])),
    ...loopOver(batch.loop, 0, batch.extent, 1, [...each, ...last]),
    ...finish,
  ];
}

/** A block of an operand, copied with its rows apart where they would push one another out of the cache. */
function spacedCopy(
  x: Operand,
  steps: readonly Axis[],
  across: readonly Axis[],
  site: Site,
): { copy: Stmt[]; operand: Operand } {
  const last = across.at(-1);
  const even = across.length === 1 && strideOf(x.index, last!.loop) === 1;
  if (!even || !collide(x, steps) || typeof last!.extent !== "number") return { copy: [], operand: x };
  const sizes = [...steps.map(({ extent }) => extent as number), spaced(last!.extent)];
  const buffer = site.temporary(`${x.buffer.name}_apart`, sizes);
  const strides = stridesOf(sizes);
  const index = { base: 0, terms: [...steps, last!].map(({ loop }, k) => ({ loop, stride: strides[k] })) };
  const row = inSteps(last!.loop, last!.extent, 4, (width) => {
    const value: Expr = {
      ...{ kind: "load", how: width === 4 ? "vector" : "splat", buffer: x.buffer, at: x.index },
    };
    return [{ kind: "store", how: width === 4 ? "vector" : "one", buffer, at: index, value }];
  });
  return { copy: [...wrap(steps, row)], operand: { buffer, index } };
}

const zeros = ({ buffer, base }: Slot, count: number): Stmt[] =>
  inSteps("i", count, 4, (width) => {
    const at = { base: base.base, terms: [{ loop: "i", stride: 1 }] };
    return [{ kind: "store", how: width === 4 ? "vector" : "one", buffer, at, value: constant(0) }];
  });

/** Rows of a block: as many as lie near, but enough steps. */
function heightOf(c: Contraction): number {
  const [, rows, ...inner] = c.reduction;
  const perRow = Math.max(1, ...[c.a, c.b].map((x) => Math.abs(strideOf(x.index, rows.loop))));
  const steps = inner.reduce((p, { extent }) => p * (extent as number), 1);
  const fewest = Math.ceil(STEPS / steps);
  const all = rows.extent as number;
  const height = Math.min(all, Math.max(fewest, Math.floor(NEAR / (2 * perRow))));
  // blocks of nearly one height: a short last one would load and store the sums for few steps
  return Math.ceil(all / Math.round(all / height));
}

/** The operand as seen from a row on. */
function fromRow(x: Operand, rows: Axis, from: Index): Operand {
  return { ...x, index: shifted(x.index, rows.loop, from) };
}

const withSums = (site: Site, node: Node, sums: Slot): Site => ({
  ...site,
  slot: (x) => (x === node ? sums : site.slot(x)),
  isStored: (x) => x === node || site.isStored(x),
});
