import type { Node } from "../../ir/graph.ts";
import { opOf } from "../../ir/ops.ts";
import { express } from "../express.ts";
import { foldedShape, type Group } from "../fuse/group.ts";
import type { Expr, Index, Stmt } from "../kernels.ts";
import { at, respell, type Place } from "../places.ts";
import { indicesOf, isEven } from "./map.ts";
import {
  collapse,
  constant,
  local,
  LOOPS,
  loopOver,
  movedPlace,
  nest,
  placeOf,
  scopeWith,
  storeOf,
  whole,
  type Run,
  type Site,
} from "./site.ts";

/** Columns folded side by side: eight vectors would do, four keep every accumulator in a register. */
const WIDE = 4;

/**
 * Folds leading axes: the lanes run along the last kept axis, several vectors at a time, the folded axes inside.
 * What follows elementwise on the result is done before it is stored.
 */
export function columnLoops(group: Group, site: Site): Stmt[] {
  const { shape, inner } = group;
  const fold = group.nodes[0];
  const dims = shape.map((_, k) => k);
  const identity = shape.map((_, k) => at(`d${k}`));
  const touched = touchedBy(group, site, identity);
  const kept = collapse(
    shape,
    dims.filter((k) => !inner.includes(k)),
    touched,
    LOOPS,
  );
  const folded = collapse(shape, inner, touched, LOOPS.slice(kept.length));
  const lane = kept.at(-1);
  if (!lane) throw new Error("internal: a fold over leading axes keeps none");
  const place = placeOf(shape.length, [...kept, ...folded]);
  const even = isEven(touchedBy(group, site, place), lane.loop);
  const columns: Columns = { group, site, kept, folded, lane, fold, width: site.lanes === 4 && even ? 4 : 1 };
  return [...nest(kept.slice(0, -1), tiles(columns))];
}

/** What the fold and the nodes after it read and write; the latter may be spelled without the folded axes. */
function touchedBy(group: Group, site: Site, place: Place): Index[] {
  const row = foldedShape(group);
  const [fold, ...after] = group.nodes;
  return [
    ...indicesOf([fold], site, place),
    ...after.flatMap((x) => indicesOf([x], site, respell(place, row, x.shape))),
  ];
}

interface Columns {
  readonly group: Group;
  readonly site: Site;
  readonly kept: readonly Run[];
  readonly folded: readonly Run[];
  readonly lane: Run;
  readonly fold: Node;
  readonly width: 1 | 4;
}

function tiles(c: Columns): Stmt[] {
  const { lane, width } = c;
  const wide = whole(lane.extent, WIDE * width);
  const vectors = whole(lane.extent, width);
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  return [
    ...(wide === 0 ? [] : loopOver(lane.loop, 0, wide, WIDE * width, tile(c, WIDE, width))),
    ...(same(wide, vectors) ? [] : loopOver(lane.loop, wide, vectors, width, tile(c, 1, width))),
    ...(same(vectors, lane.extent) ? [] : loopOver(lane.loop, vectors, lane.extent, 1, tile(c, 1, 1))),
  ];
}

function tile(c: Columns, count: number, width: 1 | 4): Stmt[] {
  const { site, fold } = c;
  const op = opOf(fold).reduces!;
  const lane = width === 4 ? c.lane.loop : undefined;
  const sums = Array.from({ length: count }, () => site.name(fold));
  const place = placeOf(c.group.shape.length, [...c.kept, ...c.folded]);
  const starts = sums.map((name): Stmt => ({
    kind: "let",
    name,
    value: constant(op === "sum" ? 0 : -Infinity),
  }));
  const steps = sums.map((name, v): Stmt => {
    const x = express(
      fold.in[0],
      movedPlace(place, c.lane.loop, v * width),
      scopeWith(site, new Map(), lane),
    );
    return {
      kind: "set",
      name,
      value: { kind: "binary", op: op === "sum" ? "add" : "max", x, y: local(name) },
    };
  });
  const result = placeOf(c.group.shape.length, c.kept);
  const ends = sums.map((name, v) => finish(c, name, movedPlace(result, c.lane.loop, v * width), lane));
  return [
    ...starts,
    ...nest(c.folded, steps),
    ...ends.flatMap((e) => e.lets),
    ...ends.flatMap((e) => e.stores),
  ];
}

/** The fold's value and what follows it, at one place. */
function finish(
  c: Columns,
  sum: string,
  place: Place,
  lane: string | undefined,
): { lets: Stmt[]; stores: Stmt[] } {
  const { site } = c;
  const row = foldedShape(c.group);
  const locals = new Map([[c.fold, sum]]);
  const how = lane === undefined ? "one" : "vector";
  const lets: Stmt[] = [];
  const stores: Stmt[] = [];
  for (const node of c.group.nodes) {
    let value: Expr = local(sum);
    const here = respell(place, row, node.shape);
    if (node !== c.fold) {
      const name = site.name(node);
      lets.push({ kind: "let", name, value: express(node, here, scopeWith(site, locals, lane, node)) });
      locals.set(node, name);
      value = local(name);
    }
    stores.push(...storeOf(site, node, here, how, value));
  }
  return { lets, stores };
}
