import type { Graph, Node, Variable } from "../../ir/graph.ts";
import { opOf } from "../../ir/ops.ts";
import { isUnitReshape, restride, stridesOf } from "../places.ts";
import type { Group } from "./group.ts";
import { partsOf } from "./parts.ts";
import { isAlias, operandOf, rootOf, wanted } from "./stored.ts";

/*
 * A part of a `concat` or the inside of a `pad` need not be copied there: where it lies in memory anyway, that memory
 * is its place in the whole, and the kernel that makes it writes with the strides of the whole.
 */

/** A value that lies inside another: `part` is its spelling in the shape of the whole, from `start` on. */
export interface Placed {
  readonly whole: Node;
  readonly part: Node;
  readonly start: readonly number[];
}

/** What is known of the program when places are chosen. */
interface Known {
  readonly stored: ReadonlySet<Node>;
  readonly prepared: ReadonlySet<Node>;
  readonly into: ReadonlyMap<Node, Variable>;
  readonly home: ReadonlyMap<Node, Group>;
  reads(node: Node): Node[];
}

/** Elements side by side from which on it costs nothing that others lie between them. */
const LONG = 64;
/** Other kernels that may read a part of shorter runs: every one pays for what lies between, the copy is saved once. */
const FEW = 2;

/** Kinds of kernels that write wherever they are told to. */
const ANYWHERE: ReadonlySet<Group["kind"]> = new Set([
  "map",
  "rows",
  "columns",
  "contract",
  "move",
  "gather",
  "region",
]);

/** The values that are made inside of others, each in the first whole that wants it. */
export function placeInside(graph: Graph, known: Known): ReadonlyMap<Node, Placed> {
  const fixed = fixedIn(graph, known);
  const readers = readersIn(known);
  const chosen = new Map<Node, Placed>();
  for (const whole of graph.nodes) {
    if (known.home.get(whole)?.kind !== "move" || known.prepared.has(whole)) continue;
    for (const { from, start } of partsOf(whole)) {
      const root = typeof from === "number" ? undefined : memoryOf(from, known.stored);
      if (!root || fixed.has(root) || chosen.has(root)) continue;
      if (runOf(from as Node, whole) >= LONG || readers.get(root)!.size - 1 <= FEW)
        chosen.set(root, { whole, part: from as Node, start });
    }
  }
  return whereStridesFit(graph, chosen);
}

/** The kernels that read a value. */
function readersIn({ home, reads }: Known): ReadonlyMap<Node, ReadonlySet<Group>> {
  const readers = new Map<Node, Set<Group>>();
  for (const [node, group] of home)
    for (const x of reads(node)) readers.set(x, (readers.get(x) ?? new Set()).add(group));
  return readers;
}

/** Elements of a part that lie side by side in the whole. */
function runOf(part: Node, whole: Node): number {
  const from = part.shape.findLastIndex((d, k) => d !== whole.shape[k]);
  return part.shape.slice(Math.max(0, from)).reduce<number>((p, d) => (d === "n" ? p : p * d), 1);
}

/** True for a whole whose parts were all made in their places. */
export function isComplete(whole: Node, placed: ReadonlyMap<Node, Placed>): boolean {
  if (opOf(whole).kernel !== "move") return false;
  const inside = [...placed.values()].filter((x) => x.whole === whole);
  return partsOf(whole).every(({ from, start }) =>
    inside.some((x) => x.part === from && x.start.join() === start.join()),
  );
}

/** The value whose memory is a part of a whole as it stands, spelled anew perhaps. */
function memoryOf(part: Node, stored: ReadonlySet<Node>): Node | undefined {
  if (isAlias(part) || (!stored.has(part) && isUnitReshape(part))) return memoryOf(part.in[0], stored);
  return stored.has(part) ? part : undefined;
}

/** Values that lie where others look for them, or whose kernels and readers want them side by side. */
function fixedIn(graph: Graph, { stored, prepared, into, home }: Known): Set<Node> {
  const fixed = new Set([...wanted(graph)].map(rootOf));
  for (const node of graph.nodes) {
    const group = home.get(node);
    const atWill = group && ANYWHERE.has(group.kind) && !prepared.has(node) && !into.has(node);
    if (!atWill || sumsOverBatch(node, group)) fixed.add(node);
    const wholly = node.op === "scan" ? node.in : node.op === "gather" ? node.in.slice(0, 1) : [];
    for (const x of wholly) fixed.add(operandOf(x, (y) => stored.has(y)));
  }
  return fixed;
}

/** Its sums stay in memory while the images pass. */
const sumsOverBatch = (node: Node, { contraction }: Group): boolean =>
  contraction !== undefined &&
  !node.shape.includes("n") &&
  contraction.in.some(({ shape }) => shape.includes("n"));

/** Only where every reshape of the value can still be said by strides. A whole's own place is known before its parts'. */
function whereStridesFit(graph: Graph, chosen: ReadonlyMap<Node, Placed>): ReadonlyMap<Node, Placed> {
  const aliases = new Map<Node, Node[]>();
  for (const node of graph.nodes.filter(isAlias))
    aliases.set(rootOf(node), [...(aliases.get(rootOf(node)) ?? []), node]);
  const strides = new Map<Node, readonly number[]>();
  const stridesFor = (node: Node): readonly number[] => strides.get(node) ?? stridesOf(node.shape);
  const fits = [...chosen]
    .sort(([, a], [, b]) => b.whole.id - a.whole.id)
    .filter(([root, { whole, part }]) => {
      const own = restride(part.shape, stridesFor(whole), root.shape);
      if (!own || !(aliases.get(root) ?? []).every((x) => restride(root.shape, own, x.shape))) return false;
      strides.set(root, own);
      return true;
    });
  return new Map(fits);
}
