import type { Node, Sizes } from "../../ir/graph.ts";
import { opOf } from "../../ir/ops.ts";
import { accesses, type Access } from "../express.ts";
import { identity, isView, sameButOnes, sameIndex } from "../places.ts";
import { foldedShape, sameSizes, type Group } from "./group.ts";

/** True if `place` names the group's current element of a node of `shape`: axes of size 1 stand still. */
function isAligned(access: Access, domain: Sizes): boolean {
  const here = identity(domain);
  if (access.node.shape.length !== domain.length) return isWholeAligned(access);
  return access.place.every((index, k) => access.node.shape[k] === 1 || sameIndex(index, here[k]));
}
const isWholeAligned = (access: Access): boolean => {
  const here = identity(access.node.shape);
  return access.place.every((index, k) => access.node.shape[k] === 1 || sameIndex(index, here[k]));
};

/** The folding a node does itself, undefined for elementwise nodes. */
const axesOf = (node: Node): readonly number[] | undefined =>
  opOf(node).reduces ? (node as Node<"sum">).attrs.axes : undefined;

/** Whether `node` can be computed inside `group`, whose values it reads, element by element or row by row. */
export function fits(node: Node, group: Group, isStored: (node: Node) => boolean): boolean {
  if (!opOf(node).elementwise && !opOf(node).reduces && !isView(node)) return false;
  const axes = axesOf(node);
  const domain = axes ? node.in[0].shape : node.shape;
  const own = new Set(group.nodes);
  const read = accesses(node, identity(domain), isStored);
  const mine = read.filter((access) => own.has(access.node));
  switch (group.kind) {
    case "map":
      return !axes && sameSizes(domain, group.shape) && mine.every((a) => fullyAligned(a, group.shape));
    // a view may end a fold (a bias gradient without its batch axis), nothing may permute or widen it
    case "contract":
    case "columns": {
      const shape = group.kind === "columns" ? foldedShape(group) : group.shape;
      if (axes || opOf(node).costly) return false;
      if (group.kind === "contract" && !sameSizes(domain, shape)) return false;
      return alignedShape(domain, shape, mine);
    }
    case "rows":
      return fitsRows(axes, domain, group, mine);
    default:
      return false;
  }
}

const fullyAligned = (access: Access, shape: Sizes): boolean =>
  sameButOnes(access.node.shape, shape) && isWholeAligned(access);

/** Elementwise on the folded shape, axes of size 1 perhaps dropped (a bias gradient (1, 10) against a bias (10)). */
function alignedShape(domain: Sizes, shape: Sizes, mine: readonly Access[]): boolean {
  return sameButOnes(domain, shape) && mine.every((access) => fullyAligned(access, shape));
}

function fitsRows(
  axes: readonly number[] | undefined,
  domain: Sizes,
  group: Group,
  mine: readonly Access[],
): boolean {
  if (axes && axes.join() !== group.inner.join()) return false;
  const row = foldedShape(group);
  const scalar = !axes && sameSizes(domain, row) && !sameSizes(row, group.shape);
  if (!scalar && !sameSizes(domain, group.shape)) return false;
  return mine.every((access) => {
    if (!isAligned(access, domain)) return false;
    if (sameSizes(access.node.shape, row)) return true;
    return !scalar && sameSizes(access.node.shape, group.shape);
  });
}

/** A "map" group whose values a fold of the same shape reads, each where it was made, may become a "rows" group. */
export function canBecomeRows(node: Node, group: Group, isStored: (node: Node) => boolean): boolean {
  const axes = axesOf(node);
  if (group.kind !== "map" || axes === undefined || !sameSizes(node.in[0].shape, group.shape)) return false;
  const read = accesses(node, identity(group.shape), isStored);
  const mine = read.filter((access) => group.nodes.includes(access.node));
  return foldsLast(node) && mine.every((access) => fullyAligned(access, group.shape));
}

/** True if the last axis is folded, so that lanes run along the fold. */
export function foldsLast(node: Node): boolean {
  const shape = node.in[0].shape;
  const axes = axesOf(node)!;
  const last = shape.findLastIndex((d) => d !== 1);
  return last === -1 || axes.includes(last);
}
