import type { Node, Sizes } from "../../ir/graph.ts";
import { numel } from "../../ir/tensor.ts";
import { express } from "../express.ts";
import type { Group } from "../fuse/group.ts";
import type { Expr, Index, Row, Stmt } from "../kernels.ts";
import { indicesOf, isEven } from "./map.ts";
import { at, offsetOf, type Place } from "../places.ts";
import {
  constant,
  extentOf,
  inSteps,
  local,
  LOOPS,
  loopOver,
  scopeWith,
  storeOf,
  type Site,
} from "./site.ts";

/** A table row by its number, for every index: a number without a row gives NaN. */
export function gatherLoops(group: Group, site: Site): Stmt[] {
  const [node] = group.nodes;
  const [table, indices] = node.in;
  return everyRow(site, indices, table.shape, undefined, ({ row, within, place, lane }) => {
    const how = lane === undefined ? "splat" : "vector";
    const found: Expr = { kind: "load", how, buffer: site.slot(table)!.buffer, at: within, row };
    const value: Expr = { kind: "where", test: local(KNOWN), yes: found, no: constant(NaN) };
    return storeOf(site, node, place, lane === undefined ? "one" : "vector", value);
  });
}

/** Adds every value to the row it belongs to, from zero. */
export function scatterLoops(group: Group, site: Site): Stmt[] {
  const [node] = group.nodes;
  const [indices, values] = node.in;
  const { buffer } = site.slot(node)!;
  const size = numel(node.shape as readonly number[]);
  const clear = inSteps("i", size, site.lanes, (width) => [
    { kind: "store", how: width === 4 ? "vector" : "one", buffer, at: at("i"), value: constant(0) },
  ]);
  const add = everyRow(site, indices, node.shape, values, ({ row, within, place, lane }) => {
    const how = lane === undefined ? "splat" : "vector";
    const x: Expr = { kind: "load", how, buffer, at: within, row };
    const more = express(values, place, scopeWith(site, new Map(), lane));
    const y: Expr = { kind: "where", test: local(KNOWN), yes: more, no: constant(0) };
    const value: Expr = { kind: "binary", op: "add", x, y };
    return [{ kind: "store", how: lane === undefined ? "one" : "vector", buffer, at: within, row, value }];
  });
  return [...clear, ...add];
}

/** Locals of a row: the number as given, one that exists, and whether they are the same. */
const [GIVEN, ROW, KNOWN] = ["index", "row", "known"];

/** A row that exists, whatever number was given: nothing is read or written outside of the table. */
function rowNumber(given: Expr, rows: number): Stmt[] {
  const binary = (op: "min" | "max" | "equal", x: Expr, y: Expr): Expr => ({ kind: "binary", op, x, y });
  const clipped = binary("min", binary("max", local(GIVEN), constant(0)), constant(rows - 1));
  const isNumber = binary("equal", local(GIVEN), local(GIVEN));
  const whole: Expr = { kind: "unary", op: "floor", x: clipped };
  return [
    { kind: "let", name: GIVEN, value: given },
    { kind: "let", name: ROW, value: { kind: "where", test: isNumber, yes: whole, no: constant(0) } },
    { kind: "let", name: KNOWN, value: binary("equal", local(GIVEN), local(ROW)) },
  ];
}

interface Within {
  readonly row: Row;
  /** The element within its row. */
  readonly within: Index;
  /** The index's place, then the element's. */
  readonly place: Place;
  /** The loop of the lanes; undefined: one element at a time. */
  readonly lane?: string;
}

/** Loops over the indices and over a row; `values` are what each element of the rows needs. */
function everyRow(
  site: Site,
  indices: Node,
  table: Sizes,
  values: Node | undefined,
  body: (x: Within) => Stmt[],
): Stmt[] {
  const rank = indices.shape.length;
  const row = table.slice(1) as readonly number[];
  const place = indices.shape.map((_, k) => at(LOOPS[k]));
  const element = row.map((_, k) => at(LOOPS[rank + k]));
  const lets = rowNumber(express(indices, place, scopeWith(site, new Map())), table[0] as number);
  const once = (lane?: string): Stmt[] =>
    body({
      row: { local: ROW, stride: numel(row) },
      within: offsetOf(row, element),
      place: [...place, ...element],
      ...(lane && { lane }),
    });
  const last = row.length - 1;
  const lane = LOOPS[rank + last];
  const even = !values || isEven(indicesOf([values], site, [...place, ...element]), lane);
  const wide = even ? site.lanes : 1;
  const inner =
    last < 0 ? once() : inSteps(lane, row[last], wide, (width) => once(width === 4 ? lane : undefined));
  const nested = row
    .slice(0, -1)
    .reduceRight((stmts, d, k) => loopOver(LOOPS[rank + k], 0, d, 1, stmts), inner);
  return indices.shape.reduceRight<Stmt[]>(
    (stmts, d, k) => loopOver(LOOPS[k], 0, extentOf(d), 1, stmts),
    [...lets, ...nested],
  );
}
