import type { Graph, Node } from "../../ir/graph.ts";
import { opOf } from "../../ir/ops.ts";
import { costlyBefore } from "./chains.ts";
import { isUnitReshape, isView } from "../places.ts";
import type { Region } from "./regions.ts";

/** In memory before the program starts. */
export const isLeaf = (node: Node): boolean => opOf(node).found === "memory";

/** Shares the memory of its input: a reshape that is more than a change of rank. */
export const isAlias = (node: Node): boolean => node.op === "reshape" && !isUnitReshape(node);

/** The node whose memory an alias shows. */
export const rootOf = (node: Node): Node => (isAlias(node) ? rootOf(node.in[0]) : node);

/** The node in memory that an operand of a contraction is read from. */
export function operandOf(node: Node, isStored: (node: Node) => boolean): Node {
  return !isStored(node) && isView(node) ? operandOf(node.in[0], isStored) : rootOf(node);
}
export const throughMoves = (node: Node): Node =>
  isView(node) || node.op === "reshape" ? throughMoves(node.in[0]) : node;
const throughViews = (node: Node): Node => (isView(node) ? throughViews(node.in[0]) : node);

/** A number, spread or not: made anew wherever it is wanted. */
export const isInline = (x: Node): boolean =>
  x.op === "const" || ((x.op === "expand" || x.op === "reshape") && isInline(x.in[0]));

/** What each node of the graph is used by; the program's results and assignments not counted. */
export function usersOf(graph: Graph): ReadonlyMap<Node, readonly Node[]> {
  const users = new Map<Node, Node[]>(graph.nodes.map((node) => [node, []]));
  for (const node of graph.nodes) for (const x of new Set(node.in)) users.get(x)!.push(node);
  return users;
}

/** What the program must leave in memory. */
export const wanted = (graph: Graph): Set<Node> =>
  new Set([...graph.results.values(), ...graph.assigns.map((a) => a.value)]);

/**
 * The nodes whose values are kept (in memory, or as a local of the kernel that made them); all others are repeated
 * inside the expressions of their readers.
 */
export function chooseStored(
  graph: Graph,
  prepared: ReadonlySet<Node>,
  step: boolean,
  regions: ReadonlyMap<Node, Region>,
): Set<Node> {
  const users = usersOf(graph);
  const stored = new Set<Node>();
  const keep = (node: Node): void => {
    if (!isLeaf(node)) stored.add(node);
  };
  for (const node of wanted(graph)) keep(node);
  for (const { outputs, inputs } of new Set(regions.values()))
    for (const x of [...outputs, ...inputs.map(throughViews)]) keep(x);
  // what is prepared ahead is found in memory by everything else
  for (const node of graph.nodes)
    if (!prepared.has(node)) for (const x of node.in.map(throughMoves)) if (prepared.has(x)) keep(x);
  const free = graph.nodes.filter((node) => !regions.has(node));
  for (const node of free) {
    const op = opOf(node);
    if (isAlias(node)) {
      keep(node);
      keep(node.in[0]);
    } else if (READS_MEMORY.has(op.kernel)) {
      keep(node);
      for (const x of node.in) keep(throughViews(x));
    } else if (op.elementwise) {
      if (isWorthKeeping(node, users.get(node)!, stored)) keep(node);
    }
    // random numbers too: the draw takes 5.4 % of a step of the lecture's net with two Dropouts, and would again in the
    // gradient, to save a fifth of the arena (4.1 % for a sixth of a transformer's with Dropout everywhere)
    else if (op.found === undefined && !isView(node)) keep(node);
  }
  const isStored = (node: Node): boolean => stored.has(node) || isLeaf(node);
  if (step) for (const node of graph.nodes) if (opOf(node).costly) costlyBefore(node, isStored).forEach(keep);
  for (const node of free) if (opOf(node).kernel === "contract") endBeforeMove(node, users, keep);
  return stored;
}

/** What follows a contraction as far as a `concat` or `pad` ends it: then it is made in its place there. */
function endBeforeMove(
  start: Node,
  users: ReadonlyMap<Node, readonly Node[]>,
  keep: (node: Node) => void,
): void {
  const { end, reader } = chainFrom(start, users, () => false);
  if (reader && opOf(reader).kernel === "move") keep(end);
}

/** Kernels that read their inputs often, or cannot compute them on the way. */
const READS_MEMORY: ReadonlySet<string | undefined> = new Set(["contract", "gather", "scatter", "scan"]);

function isWorthKeeping(node: Node, readers: readonly Node[], stored: ReadonlySet<Node>): boolean {
  if (
    readers.some(
      (reader) => reader.op === "expand" || (isView(reader) && reader.shape.length > node.shape.length),
    )
  )
    return true;
  if (readers.some((reader) => opOf(reader).exact)) return true;
  const cheap = node.in.every((x) => {
    const base = throughViews(x);
    // an elementwise node with several readers is where a contraction ends
    return (
      opOf(base).kernel !== "contract" && (stored.has(base) || isLeaf(base) || opOf(base).found === "inline")
    );
  });
  return readers.length > 1 && (opOf(node).costly === true || !cheap);
}

/**
 * Contractions that need no memory of their own: their one reader is an elementwise chain, not costly, that ends in
 * a stored node of the same shape. Maps that stored node to the contraction it finishes.
 */
export function claimContractions(
  graph: Graph,
  stored: Set<Node>,
  regions: ReadonlyMap<Node, Region>,
): ReadonlyMap<Node, Node> {
  const users = usersOf(graph);
  const outside = wanted(graph);
  const claims = new Map<Node, Node>();
  for (const node of graph.nodes) {
    if (opOf(node).kernel !== "contract" || outside.has(node) || regions.has(node)) continue;
    const root = chainEnd(node, users, (x) => stored.has(x) || regions.has(x));
    if (!root || claims.has(root) || regions.has(root) || !stored.has(root)) continue;
    claims.set(root, node);
    stored.delete(node);
  }
  return claims;
}

function chainEnd(
  start: Node,
  users: ReadonlyMap<Node, readonly Node[]>,
  isLast: (node: Node) => boolean,
): Node | undefined {
  const { end } = chainFrom(start, users, isLast);
  return end === start ? undefined : end;
}

/** Follows cheap elementwise nodes of one shape, each the only reader of the one before, up to a last one; and who reads that. */
function chainFrom(
  start: Node,
  users: ReadonlyMap<Node, readonly Node[]>,
  isLast: (node: Node) => boolean,
): { end: Node; reader: Node | undefined } {
  for (let end = start; ;) {
    const [reader, ...others] = users.get(end)!;
    if (!reader || others.length > 0 || (end !== start && isLast(end))) return { end, reader: undefined };
    const op = opOf(reader);
    if (!op.elementwise || op.costly || reader.shape.join() !== start.shape.join()) return { end, reader };
    end = reader;
  }
}
