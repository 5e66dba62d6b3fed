import type { Graph, Node, Variable } from "../../ir/graph.ts";
import { opOf } from "../../ir/ops.ts";
import { accesses } from "../express.ts";
import { identity } from "../places.ts";
import type { Group } from "./group.ts";
import { chainLength } from "./chains.ts";
import { canBecomeRows, fits, foldsLast } from "./merge.ts";
import { orderGroups } from "./order.ts";
import { isComplete, placeInside, type Placed } from "./placed.ts";
import { inRegions, type Region, regionsOf } from "./regions.ts";
import { chooseStored, claimContractions, isAlias, isLeaf, operandOf, rootOf } from "./stored.ts";

/** A program cut into kernels-to-be, in an order that can be run. */
export interface Fused {
  readonly groups: readonly Group[];
  readonly stored: ReadonlySet<Node>;
  /** Nodes computed ahead, once after weights have changed. */
  readonly prepared: ReadonlySet<Node>;
  /** Nodes computed right into a variable's memory. */
  readonly into: ReadonlyMap<Node, Variable>;
  /** Nodes made inside the memory of others. */
  readonly placed: ReadonlyMap<Node, Placed>;
  /** The kernel a stored node is computed in. */
  readonly home: ReadonlyMap<Node, Group>;
  /** The stored nodes and leaves that a stored node reads, aliases followed. */
  reads(node: Node): Node[];
  /** Assignments that need a copy after everything else. */
  readonly copies: readonly { readonly variable: Variable; readonly value: Node }[];
}

export interface FuseOptions {
  /** Nodes of different phases never share a kernel. */
  readonly phaseOf?: (node: Node) => string;
  /** Nodes computed ahead. */
  readonly prepared?: ReadonlySet<Node>;
  /** The graph is one step of a loop over time, or one place of a region's outer axes. */
  readonly inside?: "scan" | "region";
}

/** How many kernels over rows a node is offered to that it does not read from: they share the loop over the batch. */
const NEAR = 3;

/**
 * Greedy: in program order, each stored node joins the last kernel it reads from where it fits there, else starts
 * one. Nodes of different phases, wanted by different entries of the program, never share a kernel.
 */
export function fuse(
  program: Graph,
  { phaseOf = () => "", prepared = new Set(), inside }: FuseOptions = {},
): Fused {
  const { graph, regions } = inRegions(program, inside ? [] : regionsOf(program, prepared, phaseOf));
  const stored = chooseStored(graph, prepared, inside === "scan", regions);
  const claims = claimContractions(graph, stored, regions);
  const isStored = (node: Node): boolean => stored.has(node) || isLeaf(node);
  const groups: Group[] = [];
  const home = new Map<Node, Group>();
  const reads = remembered((node) => readsOf(node, claims.get(node), regions.get(node), isStored));
  const before = new Map<Group, Set<Group>>();
  const needs = (group: Group): Set<Group> => before.get(group)!;
  for (const node of graph.nodes) {
    if (!stored.has(node) || isAlias(node)) continue;
    const region = regions.get(node);
    const sources = [...new Set(reads(node).flatMap((x) => home.get(x) ?? []))];
    const candidates = [...sources.toReversed(), ...groups.filter((g) => g.kind === "rows").slice(-NEAR)];
    const takes = (g: Group): boolean =>
      phaseOf(g.nodes[0]) === phaseOf(node) &&
      !(inside === "scan" && chainLength(node, new Set(g.nodes), isStored) > 1) &&
      !sources.some((other) => other !== g && dependsOn(other, g, needs)) &&
      (fits(node, g, isStored) || canBecomeRows(node, g, isStored));
    const alone = claims.has(node);
    const host = region
      ? groups.find((g) => g.region === region)
      : alone
        ? undefined
        : candidates.find(takes);
    if (host) join(node, host, isStored);
    else groups.push(region ? ofRegion(node, region) : start(node, claims.get(node)));
    const group = host ?? groups.at(-1)!;
    home.set(node, group);
    before.set(group, new Set([...(before.get(group) ?? []), ...sources.filter((g) => g !== group)]));
  }
  const ordered = orderGroups(graph, groups, home, { of: reads, isStored }, needs);
  const placed = placeInside(graph, { stored, prepared, home, reads, into: ordered.into });
  const left = ordered.groups.filter(({ nodes: [first] }) => !isComplete(first, placed));
  return { stored, prepared, home, reads, placed, ...ordered, groups: left };
}

/** A function of nodes that is asked again and again. */
function remembered<T>(of: (node: Node) => T): (node: Node) => T {
  const known = new Map<Node, T>();
  return (node) => {
    const found = known.get(node) ?? of(node);
    known.set(node, found);
    return found;
  };
}

/** Stored nodes and leaves that a stored node reads; `claimed` is the contraction it finishes, `region` what it is computed in. */
function readsOf(
  node: Node,
  claimed: Node | undefined,
  region: Region | undefined,
  isStored: (node: Node) => boolean,
): Node[] {
  if (region) return region.inputs.map((x) => operandOf(x, isStored));
  const shape = opOf(node).reduces ? node.in[0].shape : node.shape;
  const found = accesses(node, identity(shape), isStored)
    .map((a) => a.node)
    .filter(isStored);
  const contraction = claimed ?? (opOf(node).kernel === "contract" ? node : undefined);
  const operands = contraction ? contraction.in.map((x) => operandOf(x, isStored)) : [];
  const own = opOf(node).kernel;
  const parts = own && own !== "contract" ? node.in.flatMap((x) => leavesOf(x, isStored)) : [];
  return [...found, ...operands, ...parts].map(rootOf);
}

function dependsOn(
  from: Group,
  on: Group,
  needs: (group: Group) => Set<Group>,
  seen = new Set<Group>(),
): boolean {
  if (from === on) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return [...needs(from)].some((g) => dependsOn(g, on, needs, seen));
}

function join(node: Node, host: Group, isStored: (node: Node) => boolean): void {
  if (canBecomeRows(node, host, isStored))
    Object.assign(host, { kind: "rows", inner: (node as Node<"sum">).attrs.axes });
  host.nodes.push(node);
}

function leavesOf(node: Node, isStored: (node: Node) => boolean): Node[] {
  if (isStored(node)) return [node];
  return accesses(node, identity(node.shape), isStored)
    .map((a) => a.node)
    .filter(isStored);
}

const ofRegion = (node: Node, region: Region): Group => ({
  ...{ kind: "region", nodes: [node], shape: node.shape, inner: [], region },
});

function start(node: Node, claimed: Node | undefined): Group {
  const contraction = claimed ?? (opOf(node).kernel === "contract" ? node : undefined);
  if (contraction)
    return { kind: "contract", nodes: [node], shape: contraction.shape, inner: [], contraction };
  if (opOf(node).reduces) {
    const kind = foldsLast(node) ? "rows" : "columns";
    return { kind, nodes: [node], shape: node.in[0].shape, inner: (node as Node<"sum">).attrs.axes };
  }
  const kind = opOf(node).kernel ?? "map";
  return { kind, nodes: [node], shape: node.shape, inner: [] };
}
