import type { Node } from "../../ir/graph.ts";
import { accesses, express } from "../express.ts";
import type { Group } from "../fuse/group.ts";
import type { Index, Stmt } from "../kernels.ts";
import { at, strideOf, type Place } from "../places.ts";
import {
  collapse,
  inSteps,
  local,
  LOOPS,
  nest,
  offset,
  placeOf,
  scopeWith,
  storeOf,
  type Site,
} from "./site.ts";

/** `for every element: each node in turn`. */
export function mapLoops(group: Group, site: Site): Stmt[] {
  const { shape, nodes } = group;
  const touched = indicesOf(
    nodes,
    site,
    shape.map((_, k) => at(`d${k}`)),
  );
  const runs = collapse(
    shape,
    shape.map((_, k) => k),
    touched,
    LOOPS,
  );
  const place = placeOf(shape.length, runs);
  const inner = runs.at(-1);
  if (!inner) return elementBody(nodes, place, site, undefined);
  const vector = site.lanes === 4 && isEven(indicesOf(nodes, site, place), inner.loop);
  const body = inSteps(inner.loop, inner.extent, vector ? 4 : 1, (width) =>
    elementBody(nodes, place, site, width === 4 ? inner.loop : undefined),
  );
  return [...nest(runs.slice(0, -1), body)];
}

/** Every index the nodes read or write at a place. */
export function indicesOf(nodes: readonly Node[], site: Site, place: Place): Index[] {
  const own = new Set(nodes);
  const isLeaf = (node: Node): boolean => own.has(node) || site.isStored(node);
  return nodes.flatMap((node) => [
    ...accesses(node, place, isLeaf).map((a) =>
      a.node.op === "iota" ? a.place[0] : offset(site, a.node, a.place),
    ),
    ...(site.slot(node) ? [offset(site, node, place)] : []),
  ]);
}

/** True if lanes along `loop` read and write consecutive elements or one and the same. */
export const isEven = (indices: readonly Index[], loop: string): boolean =>
  indices.every((x) => strideOf(x, loop) === 0 || strideOf(x, loop) === 1);

/** Computes the nodes at a place in turn, then stores them: an old value is read before its memory is written. */
export function elementBody(
  nodes: readonly Node[],
  place: Place,
  site: Site,
  lane: string | undefined,
): Stmt[] {
  const locals = new Map<Node, string>();
  const how = lane === undefined ? "one" : "vector";
  const lets: Stmt[] = [];
  const stores: Stmt[] = [];
  for (const node of nodes) {
    const value = express(node, place, scopeWith(site, locals, lane, node));
    if (site.slot(node) && node === nodes.at(-1)) {
      stores.push(...storeOf(site, node, place, how, value));
      continue;
    }
    const name = site.name(node);
    locals.set(node, name);
    lets.push({ kind: "let", name, value });
    stores.push(...storeOf(site, node, place, how, local(name)));
  }
  return [...lets, ...stores.slice(-1), ...stores.slice(0, -1)];
}
