import { internal } from "../diagnostics.ts";
import { Builder } from "./builder.ts";
import { cloned } from "./clone.ts";
import type { Graph, Node } from "./graph.ts";
import { programOf } from "./program.ts";

/** The body of a loop, and the constants that it reads. */
export interface Loop {
  readonly body: Graph;
  readonly constants: readonly Node[];
}

/**
 * What the body of a loop computes from constants alone is computed before it, in `b`, and becomes a constant itself.
 * Constants are the body's operands from number `first` on.
 */
export function hoisted(
  b: Builder,
  inner: Builder,
  results: ReadonlyMap<string, Node>,
  constants: readonly Node[],
  first: number,
): Loop {
  const body = programOf(inner, results);
  if (body.assigns.length || body.nodes.some((node) => node.op === "random"))
    throw internal("a loop over time assigns or draws");
  const found = edge(body, first);
  if (found.length === 0) return { body, constants };
  const from = b.from;
  const before = cloned(
    b,
    { ...ancestors(body, found), held: body.held },
    (node) => constants[operandOf(node) - first],
  );
  b.from = from;
  const slim = new Builder(inner.training);
  const now = cloned(slim, body, (node) => {
    const place = found.indexOf(node);
    if (place >= 0) return given(slim, first + constants.length + place, node);
    return node.op === "given"
      ? (slim.node("given", [], (node as Node<"given">).attrs) as unknown as Node)
      : undefined;
  });
  const ends = [...results].map(([name, node]) => [name, now.get(node)!] as const);
  return {
    body: programOf(slim, new Map(ends)),
    constants: [...constants, ...found.map((node) => before.get(node)!)],
  };
}

const given = (b: Builder, index: number, { shape }: Node): Node =>
  b.node("given", [], { of: "operand", index, shape }) as unknown as Node;

/** The number of an operand of the loop; −1 for any other node. */
function operandOf(node: Node): number {
  if (node.op !== "given") return -1;
  const { of, index } = (node as Node<"given">).attrs;
  return of === "operand" ? index : -1;
}

/** The nodes that are the same at every step and that others, which are not, read. */
function edge({ nodes }: Graph, first: number): Node[] {
  const fixed = new Set<Node>();
  const plain = new Set<Node>();
  const found = new Set<Node>();
  for (const node of nodes) {
    if (node.op === "const" || node.op === "batch" || node.op === "iota") plain.add(node);
    else if (operandOf(node) >= first) fixed.add(node);
    else if (node.in.length > 0 && node.in.every((x) => plain.has(x))) plain.add(node);
    else if (node.in.length > 0 && node.in.every((x) => fixed.has(x) || plain.has(x))) fixed.add(node);
    else for (const x of node.in) if (fixed.has(x) && x.op !== "given") found.add(x);
  }
  return [...found];
}

/** The part of a program that computes some of its nodes. */
function ancestors({ nodes, labels }: Graph, ends: readonly Node[]): Pick<Graph, "nodes" | "labels"> {
  const needed = new Set(ends);
  for (const node of [...nodes].reverse()) if (needed.has(node)) for (const x of node.in) needed.add(x);
  const kept = nodes.filter((node) => needed.has(node));
  return { nodes: kept, labels: new Map([...labels].filter(([node]) => needed.has(node))) };
}
