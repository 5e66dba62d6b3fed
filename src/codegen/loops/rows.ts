import type { Node, Size } from "../../ir/graph.ts";
import { opOf } from "../../ir/ops.ts";
import { accesses, express } from "../express.ts";
import { foldedShape, sameSizes, type Group } from "../fuse/group.ts";
import type { Expr, Stmt } from "../kernels.ts";
import { at, type Place } from "../places.ts";
import { indicesOf, isEven } from "./map.ts";
import {
  collapse,
  constant,
  inSteps,
  local,
  LOOPS,
  nest,
  placeOf,
  scopeWith,
  storeOf,
  type Run,
  type Site,
} from "./site.ts";

type Fold = "sum" | "max";
const FIRST: Readonly<Record<Fold, number>> = { sum: 0, max: -Infinity };
const foldOf = (node: Node): Fold | undefined => opOf(node).reduces;

/**
 * For every row, one pass after another over the row's elements: a pass folds or maps; what a pass folded is a
 * local of the next. Softmax, cross-entropy and their gradients become one kernel of three passes.
 */
export function rowLoops(group: Group, site: Site): Stmt[] {
  const { shape, inner, nodes } = group;
  const dims = shape.map((_, k) => k);
  const touched = indicesOf(
    nodes,
    site,
    shape.map((_, k) => at(`d${k}`)),
  );
  const outer = collapse(
    shape,
    dims.filter((k) => !inner.includes(k)),
    touched,
    LOOPS,
  );
  const along = collapse(shape, inner, touched, LOOPS.slice(outer.length));
  const rows: Rows = {
    group,
    site,
    outer,
    along,
    row: foldedShape(group),
    locals: new Map(),
    pass: passes(group),
  };
  const count = Math.max(...rows.pass.values()) + 1;
  const body = Array.from({ length: count }, (_, p) => onePass(rows, p)).flat();
  return [...nest(outer, body)];
}

interface Rows {
  readonly group: Group;
  readonly site: Site;
  readonly outer: readonly Run[];
  readonly along: readonly Run[];
  readonly row: readonly Size[];
  readonly locals: Map<Node, string>;
  readonly pass: ReadonlyMap<Node, number>;
}

const isRow = (node: Node, rows: { row: readonly Size[]; group: Group }): boolean =>
  !foldOf(node) && sameSizes(node.shape, rows.row) && !sameSizes(rows.row, rows.group.shape);

/** The pass each node belongs to: after every fold it depends on. Row scalars stand before the loop of their pass. */
export function passes(group: Group): Map<Node, number> {
  const pass = new Map<Node, number>();
  const own = new Set(group.nodes);
  const place = group.shape.map((_, k) => at(`d${k}`));
  for (const node of group.nodes) {
    const read = accesses(node, place, (x) => own.has(x)).map((a) => a.node);
    const ready = read.map((x) => (pass.has(x) ? pass.get(x)! + (foldOf(x) ? 1 : 0) : 0));
    pass.set(node, Math.max(0, ...ready));
  }
  return pass;
}

function onePass(rows: Rows, p: number): Stmt[] {
  const mine = rows.group.nodes.filter((node) => rows.pass.get(node) === p);
  const scalars = mine.filter((node) => isRow(node, rows));
  const elements = mine.filter((node) => !isRow(node, rows));
  return [
    ...scalars.flatMap((node) => rowScalar(rows, node)),
    ...(elements.length ? passLoop(rows, elements) : []),
  ];
}

function rowScalar(rows: Rows, node: Node): Stmt[] {
  const place = placeOf(rows.group.shape.length, rows.outer);
  const value = express(node, place, scopeWith(rows.site, rows.locals, undefined, node));
  return keep(rows, node, place, value);
}

/** Names a row scalar, and stores it where others read it. */
function keep(rows: Rows, node: Node, place: Place, value: Expr): Stmt[] {
  const name = rows.site.name(node);
  rows.locals.set(node, name);
  return [{ kind: "let", name, value }, ...storeOf(rows.site, node, place, "one", local(name))];
}

function passLoop(rows: Rows, elements: readonly Node[]): Stmt[] {
  const { site, group, outer, along } = rows;
  const folds = elements.filter((node) => foldOf(node));
  const place = placeOf(group.shape.length, [...outer, ...along]);
  const lane = along.at(-1);
  const vector =
    site.lanes === 4 && lane !== undefined && isEven(indicesOf(elements, site, place), lane.loop);
  const sums = new Map(
    folds.map((node) => [node, { name: site.name(node), lanes: vector ? site.name(node) : "" }]),
  );
  const body = (width: number): Stmt[] =>
    passBody(rows, elements, place, width === 4 ? lane!.loop : undefined, sums);
  const loops = lane
    ? nest(along.slice(0, -1), inSteps(lane.loop, lane.extent, vector ? 4 : 1, body))
    : body(1);
  const start = folds.flatMap((node): Stmt[] => {
    const first = constant(FIRST[foldOf(node)!]);
    const { name, lanes } = sums.get(node)!;
    return [
      { kind: "let", name, value: first },
      ...(lanes ? [{ kind: "let", name: lanes, value: first } as const] : []),
    ];
  });
  const rowPlace = placeOf(group.shape.length, outer);
  const finish = folds.flatMap((node): Stmt[] => {
    const { name, lanes } = sums.get(node)!;
    const op = foldOf(node)!;
    rows.locals.set(node, name);
    const whole: Stmt[] = lanes
      ? [{ kind: "set", name, value: join(op, local(name), { kind: "across", op, x: local(lanes) }) }]
      : [];
    return [...whole, ...storeOf(site, node, rowPlace, "one", local(name))];
  });
  return [...start, ...loops, ...finish];
}

const join = (op: Fold, x: Expr, y: Expr): Expr => ({
  kind: "binary",
  op: op === "sum" ? "add" : "max",
  x,
  y,
});

function passBody(
  rows: Rows,
  elements: readonly Node[],
  place: Place,
  lane: string | undefined,
  sums: ReadonlyMap<Node, { name: string; lanes: string }>,
): Stmt[] {
  const locals = new Map(rows.locals);
  const how = lane === undefined ? "one" : "vector";
  return elements.flatMap((node): Stmt[] => {
    const op = foldOf(node);
    if (op) {
      const name = lane === undefined ? sums.get(node)!.name : sums.get(node)!.lanes;
      const value = express(node.in[0], place, scopeWith(rows.site, locals, lane));
      return [{ kind: "set", name, value: join(op, value, local(name)) }];
    }
    const name = rows.site.name(node);
    const value = express(node, place, scopeWith(rows.site, locals, lane, node));
    locals.set(node, name);
    return [{ kind: "let", name, value }, ...storeOf(rows.site, node, place, how, local(name))];
  });
}
