import type { Node } from "../../ir/graph.ts";
import { numel } from "../../ir/tensor.ts";
import type { Index, Stmt } from "../kernels.ts";
import { strideOf, wholeSlot, type Slot } from "../places.ts";
import type { Axis, Contraction, Operand } from "./contraction.ts";
import { mapLoops } from "./map.ts";
import { constant, inSteps, loopOver, shifted, type Site } from "./site.ts";

/*
 * Sums over a batch of images (the gradient of a convolution's weights). Tile by tile every one would stream all images
 * through the caches. Instead each image, or some rows of it, passes through all tiles while it lies in the first-level
 * cache, and the sums wait in memory meanwhile.
 */

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
  const block = (from: Index, extent: number): Stmt[] =>
    tiles(
      {
        ...c,
        reduction: [{ ...rows, extent }, ...inner],
        a: fromRow(c.a, rows, from),
        b: fromRow(c.b, rows, from),
      },
      sums,
    );
  const count = rows.extent as number;
  const perRow = Math.max(1, ...[c.a, c.b].map((x) => Math.abs(strideOf(x.index, rows.loop))));
  const height = Math.max(1, Math.min(count, Math.floor(NEAR / (2 * perRow))));
  const whole = count - (count % height);
  const each = loopOver(
    BLOCK,
    0,
    whole,
    height,
    block({ base: 0, terms: [{ loop: BLOCK, stride: 1 }] }, height),
  );
  const last = whole < count ? block({ base: whole, terms: [] }, count - whole) : [];
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

const zeros = ({ buffer, base }: Slot, count: number): Stmt[] =>
  inSteps("i", count, 4, (width) => {
    const at = { base: base.base, terms: [{ loop: "i", stride: 1 }] };
    return [{ kind: "store", how: width === 4 ? "vector" : "one", buffer, at, value: constant(0) }];
  });

/** The operand as seen from a row on. */
function fromRow(x: Operand, rows: Axis, from: Index): Operand {
  return { ...x, index: shifted(x.index, rows.loop, from) };
}

const withSums = (site: Site, node: Node, sums: Slot): Site => ({
  ...site,
  slot: (x) => (x === node ? sums : site.slot(x)),
  isStored: (x) => x === node || site.isStored(x),
});
