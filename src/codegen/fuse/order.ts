import type { Graph, Node, Variable } from "../../ir/graph.ts";
import { opOf } from "../../ir/ops.ts";
import { accesses } from "../express.ts";
import { identity, sameButOnes, sameIndex } from "../places.ts";
import type { Group } from "./group.ts";
import { operandOf } from "./stored.ts";

interface Ordered {
  readonly groups: readonly Group[];
  readonly into: ReadonlyMap<Node, Variable>;
  readonly copies: readonly { readonly variable: Variable; readonly value: Node }[];
}

/** What a stored node reads, leaves included. */
export interface Reads {
  of(node: Node): Node[];
  isStored(node: Node): boolean;
}

/** Variables are known by name. */
const variableOf = (node: Node): string | undefined =>
  node.op === "variable" ? (node as Node<"variable">).attrs.variable.name : undefined;

/**
 * Orders kernels by what they read, and lets a new value be written straight over the old one wherever every reader
 * of the old value can run before.
 */
export function orderGroups(
  graph: Graph,
  groups: readonly Group[],
  home: ReadonlyMap<Node, Group>,
  reads: Reads,
  needs: (group: Group) => Set<Group>,
): Ordered {
  const before = new Map<Group, Set<Group>>(groups.map((group) => [group, new Set(needs(group))]));
  const readers = readersOfVariables(groups, reads.of);
  const into = new Map<Node, Variable>();
  const copies: { variable: Variable; value: Node }[] = [];
  for (const { variable, value } of graph.assigns) {
    const writer = home.get(value);
    const others = [...(readers.get(variable.name) ?? [])].filter((group) => group !== writer);
    const free =
      writer !== undefined &&
      !into.has(value) &&
      !others.some((group) => reaches(group, writer, before)) &&
      readsInPlace(writer, value, variable.name, reads);
    if (free) {
      into.set(value, variable);
      for (const group of others) before.get(writer)!.add(group);
    } else copies.push({ variable, value });
  }
  return { groups: sort(groups, before), into, copies };
}

function readersOfVariables(
  groups: readonly Group[],
  reads: (node: Node) => Node[],
): Map<string, Set<Group>> {
  const readers = new Map<string, Set<Group>>();
  for (const group of groups)
    for (const node of group.nodes.flatMap(reads)) {
      const variable = variableOf(node);
      if (variable) readers.set(variable, (readers.get(variable) ?? new Set()).add(group));
    }
  return readers;
}

/** True if `from` must run after `target`. */
function reaches(
  from: Group,
  target: Group,
  before: ReadonlyMap<Group, ReadonlySet<Group>>,
  seen = new Set<Group>(),
): boolean {
  if (from === target) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return [...before.get(from)!].some((group) => reaches(group, target, before, seen));
}

/** The kernel itself may read the old value only at the element it is about to write. */
function readsInPlace(group: Group, value: Node, variable: string, reads: Reads): boolean {
  const place = identity(value.shape);
  return group.nodes.every((node) => {
    if (!reads.of(node).some((x) => variableOf(x) === variable)) return true;
    if (["rows", "move", "region"].includes(group.kind) || !opOf(node).elementwise) return false;
    if (!sameButOnes(node.shape, value.shape)) return false;
    const operands = group.contraction?.in.map((x) => operandOf(x, reads.isStored)) ?? [];
    if (operands.some((x) => variableOf(x) === variable)) return false;
    return accesses(node, identity(node.shape), reads.isStored).every(
      (a) => variableOf(a.node) !== variable || a.place.every((x, k) => sameIndex(x, place[k])),
    );
  });
}

/** Kahn's algorithm; of the kernels that could run, the one whose first node comes first in the program. */
function sort(groups: readonly Group[], before: ReadonlyMap<Group, ReadonlySet<Group>>): Group[] {
  const open = new Set(groups);
  const done: Group[] = [];
  while (open.size > 0) {
    const ready = [...open].filter((group) => [...before.get(group)!].every((other) => !open.has(other)));
    const next = ready.reduce((a, b) => (a.nodes[0].id <= b.nodes[0].id ? a : b));
    open.delete(next);
    done.push(next);
  }
  return done;
}
