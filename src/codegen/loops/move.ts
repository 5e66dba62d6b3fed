import type { Node, Sizes } from "../../ir/graph.ts";
import { express } from "../express.ts";
import type { Group } from "../fuse/group.ts";
import { partsOf, type Part } from "../fuse/parts.ts";
import type { Buffer, Expr, Index, Stmt } from "../kernels.ts";
import { at, sameIndex, shift, ZERO, type Place } from "../places.ts";
import {
  collapse,
  constant,
  extentOf,
  inSteps,
  LOOPS,
  nest,
  offset,
  placeOf,
  scopeWith,
  times,
  type Site,
} from "./site.ts";

/** `concat` and `pad`: every part is written to its place, unless it was made there. */
export function moveLoops(group: Group, site: Site): Stmt[] {
  const [node] = group.nodes;
  return partsOf(node).flatMap((part) => copy(node, part, site));
}

function copy(node: Node, { from, shape, start }: Part, site: Site): Stmt[] {
  const target = (place: Place): Index =>
    offset(
      site,
      node,
      place.map((x, k) => shift(x, start[k])),
    );
  return copyBox(site, from, shape, site.slot(node)!.buffer, target);
}

/** Every element of a node, or one number, put where `target` says. */
export function copyBox(
  site: Site,
  from: Node | number,
  shape: Sizes,
  buffer: Buffer,
  target: (place: Place) => Index,
): Stmt[] {
  const value = (place: Place, lane?: string): Expr =>
    typeof from === "number" ? constant(from) : express(from, place, scopeWith(site, new Map(), lane));
  const whole = shape.map((d, k) => (d === 1 ? ZERO : at(`d${k}`)));
  if (liesAt(value(whole), buffer, target(whole))) return [];
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

/** True if a value is what lies at its target already. */
const liesAt = (x: Expr, buffer: Buffer, target: Index): boolean =>
  x.kind === "load" && x.buffer === buffer && sameIndex(x.at, target);

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
    {
      kind: "call",
      routine: "uniform",
      seed: seed(node),
      out: site.slot(node as unknown as Node)!.buffer,
      count,
    },
  ];
}
