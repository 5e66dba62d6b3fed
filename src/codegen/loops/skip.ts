import type { Node } from "../../ir/graph.ts";
import { express } from "../express.ts";
import { isLeaf, rootOf } from "../fuse/stored.ts";
import type { Expr, Stmt } from "../kernels.ts";
import { at, isView, ZERO } from "../places.ts";
import { constant, extentOf, local, loopOver, scopeWith, type Site } from "./site.ts";

/** What a step leaves that is chosen row by row: by the same test, either something new or what was known before. */
interface Choice {
  readonly test: Node;
  readonly known: readonly Node[];
}

/**
 * A step that counts for none of the rows, padding behind the longest sequence for one, need not be computed: it leaves
 * what was known before. Undefined where a step leaves anything else.
 */
export function choiceOf(ends: readonly Node[]): Choice | undefined {
  const wheres = ends.map(rootOf);
  const tests = new Set(wheres.map((x) => unexpanded(x.in[0])));
  const [test] = tests;
  const skippable = tests.size === 1 && wheres.every((x) => x.op === "where" && isKnown(x.in[2]));
  if (!skippable || !isKnown(test) || test.shape.slice(1).some((d) => d !== 1)) return undefined;
  return { test, known: wheres.map((x) => x.in[2]) };
}

const unexpanded = (x: Node | undefined): Node => (x?.op === "expand" ? unexpanded(x.in[0]) : x!);
const isKnown = (x: Node): boolean => (isView(x) ? isKnown(x.in[0]) : isLeaf(x));

/** The loop over the rows that a step may count for. */
const ROW = "row";

/** `step` where the step counts for a row, `idle` where it counts for none. */
export function unlessIdle(
  { test }: Choice,
  site: Site,
  step: readonly Stmt[],
  idle: readonly Stmt[],
): readonly Stmt[] {
  const [n] = test.shape;
  const counts = site.name(test);
  const place = test.shape.map((d, k) => (k === 0 && d !== 1 ? at(ROW) : ZERO));
  const value = express(test, place, scopeWith(site, new Map()));
  const either: Expr = { kind: "where", test: value, yes: constant(1), no: local(counts) };
  return [
    { kind: "let", name: counts, value: constant(0) },
    ...loopOver(ROW, 0, extentOf(n), 1, [{ kind: "set", name: counts, value: either }]),
    { kind: "when", test: local(counts), body: step },
    { kind: "when", test: { kind: "binary", op: "equal", x: local(counts), y: constant(0) }, body: idle },
  ];
}
