import type { Node } from "../../ir/graph.ts";
import { express } from "../express.ts";
import type { Group } from "../fuse/group.ts";
import type { Buffer, Expr, Index, Stmt } from "../kernels.ts";
import { at, offsetOf, shift, type Place } from "../places.ts";
import {
  collapse,
  constant,
  extentOf,
  inSteps,
  LOOPS,
  nest,
  placeOf,
  scopeWith,
  times,
  type Site,
} from "./site.ts";

/** A stretch of the result along one axis: copied from a node, or zero. */
interface Part {
  readonly from?: Node;
  readonly start: number;
  readonly size: number;
}

/** `concat` and `pad`: every part is written to its place. */
export function moveLoops(group: Group, site: Site): Stmt[] {
  const [node] = group.nodes;
  const axis = (node as Node<"concat">).attrs.axis;
  return partsOf(node).flatMap((part) => (part.size === 0 ? [] : copy(node, axis, part, site)));
}

function partsOf(node: Node): Part[] {
  if (node.op === "pad") {
    const { axis, before, after } = (node as Node<"pad">).attrs;
    const size = node.in[0].shape[axis] as number;
    const middle = { from: node.in[0], start: before, size };
    return [{ start: 0, size: before }, middle, { start: before + size, size: after }];
  }
  const { axis } = (node as Node<"concat">).attrs;
  let start = 0;
  return node.in.map((from) => {
    const size = from.shape[axis] as number;
    start += size;
    return { from, start: start - size, size };
  });
}

function copy(node: Node, axis: number, part: Part, site: Site): Stmt[] {
  const shape = node.shape.map((d, k) => (k === axis ? part.size : d));
  const buffer = site.buffer(node)!;
  const target = (place: Place): Index =>
    offsetOf(
      node.shape,
      place.map((x, k) => (k === axis ? shift(x, part.start) : x)),
    );
  const value = (place: Place, lane?: string): Expr =>
    part.from ? express(part.from, place, scopeWith(site, new Map(), lane)) : constant(0);
  const whole = shape.map((_, k) => at(`d${k}`));
  const probe = [target(whole), ...loadsOf(value(whole))];
  const runs = collapse(
    shape,
    shape.map((_, k) => k),
    probe,
    LOOPS,
  );
  const place = placeOf(shape.length, runs);
  const inner = runs.at(-1);
  const store = (lane?: string): Stmt[] => [
    { kind: "store", how: lane ? "vector" : "one", buffer, at: target(place), value: value(place, lane) },
  ];
  if (!inner) return store();
  const even = [target(place), ...loadsOf(value(place))].every((x) =>
    x.terms.every((t) => t.loop !== inner.loop || t.stride === 1),
  );
  const stores = [target(place)].every((x) => x.terms.some((t) => t.loop === inner.loop && t.stride === 1));
  const vector = site.lanes === 4 && even && stores;
  const body = inSteps(inner.loop, inner.extent, vector ? 4 : 1, (width) =>
    store(width === 4 ? inner.loop : undefined),
  );
  return [...nest(runs.slice(0, -1), body)];
}

/** The indices an expression loads at. */
function loadsOf(x: Expr): Index[] {
  switch (x.kind) {
    case "load":
    case "index":
      return [x.at];
    case "unary":
    case "across":
    case "last":
      return loadsOf(x.x);
    case "binary":
      return [...loadsOf(x.x), ...loadsOf(x.y)];
    case "mac":
      return [...loadsOf(x.x), ...loadsOf(x.y), ...loadsOf(x.z)];
    case "where":
      return [...loadsOf(x.test), ...loadsOf(x.yes), ...loadsOf(x.no)];
    case "sums":
      return x.xs.flatMap(loadsOf);
    case "const":
    case "local":
    case "batch":
      return [];
  }
}

/** Random numbers come from a routine, not from a loop over floats. */
export function uniformCall(group: Group, site: Site, seed: (node: Node<"random">) => Buffer): Stmt[] {
  const node = group.nodes[0] as Node<"random">;
  const count = node.shape.map(extentOf).reduce(times, 1);
  return [
    { kind: "call", routine: "uniform", seed: seed(node), out: site.buffer(node as unknown as Node)!, count },
  ];
}
