import type { Graph, Node, OpAttrs, OpName, Origin } from "./graph.ts";
import { opOf, ops } from "./ops.ts";
import { constant, type Rewriter, type Rule, rules } from "./simplify-rules.ts";

/**
 * The same program with less in it: the rules of `simplify-rules.ts` (after `more`), equal nodes made one, and nodes that nothing
 * reads left out. Inputs stay, and so do all random draws in their order. Ids count from 0 again.
 */
export function simplify(graph: Graph, more: readonly Rule[] = []): Graph {
  const { nodes, now } = rewrite(graph, more);
  const kept = live(nodes, [...graph.results.values(), ...graph.assigns.map((a) => a.value)].map(now));
  const final = renumber(nodes.filter((node) => kept.has(node)));
  const end = (node: Node): Node => final.get(now(node))!;
  const labels = new Map<Node, string>();
  for (const [node, label] of graph.labels) {
    const target = final.get(now(node));
    if (target && !labels.has(target)) labels.set(target, label);
  }
  return {
    nodes: [...final.values()],
    inputs: graph.inputs.map((node) => end(node as unknown as Node) as unknown as Node<"input">),
    results: new Map([...graph.results].map(([name, node]) => [name, end(node)])),
    assigns: graph.assigns.map(({ variable, value }) => ({ variable, value: end(value) })),
    labels,
  };
}

interface Rewritten {
  readonly nodes: readonly Node[];
  /** What stands for a node of the old program. */
  now(node: Node): Node;
}

/** Every node made anew from what its inputs have become, in the old order. */
function rewrite(graph: Graph, more: readonly Rule[]): Rewritten {
  const nodes: Node[] = [];
  const equals = new Map<string, Node>();
  const became = new Map<Node, Node>();
  const readersBefore = new Map<Node, number>();
  for (const x of graph.nodes.flatMap((node) => node.in))
    readersBefore.set(x, (readersBefore.get(x) ?? 0) + 1);
  const readers = new Map<Node, number>();
  let from: Origin = { layer: "", part: "forward" };
  const made = (node: Node): Node => {
    nodes.push(node);
    return node;
  };
  const rewriter: Rewriter = {
    make(op, ins, attrs) {
      const draft = drafted(op, ins, attrs, nodes.length, from);
      const simpler = firstMatch(draft, rewriter, more);
      if (simpler) return simpler;
      const key = keyOf(draft);
      const found = equals.get(key);
      if (found) return found;
      equals.set(key, draft);
      return made(draft);
    },
    readers: (node) => readers.get(node) ?? 0,
  };
  for (const node of graph.nodes) {
    from = node.from;
    const ins = node.in.map((x) => became.get(x)!);
    // draws are never shared: each takes its own numbers
    const next = opOf(node).unique
      ? made({ ...node, id: nodes.length, in: ins, attrs: inner(node, ins) })
      : rewriter.make(node.op, ins, node.attrs);
    became.set(node, next);
    readers.set(next, (readers.get(next) ?? 0) + (readersBefore.get(node) ?? 0));
  }
  return { nodes, now: (node) => became.get(node)! };
}

/** A program inside this one is simplified too, numbers that it is given become part of it. */
function inner(node: Node, ins: readonly Node[]): OpAttrs[OpName] {
  if (node.op !== "scan") return node.attrs;
  const attrs = node.attrs as OpAttrs["scan"];
  const known = new Map(ins.slice(attrs.carried).map((x, k) => [k, constant(x)]));
  return { ...attrs, body: simplify(withNumbers(attrs.body, known)) };
}

/** A body in which operands that are copies of one number are that number. */
function withNumbers(body: Graph, known: ReadonlyMap<number, number | undefined>): Graph {
  if ([...known.values()].every((value) => value === undefined)) return body;
  const became = new Map<Node, Node>();
  const nodes: Node[] = [];
  const made = (node: Node): Node => {
    nodes.push({ ...node, id: nodes.length });
    return nodes.at(-1)!;
  };
  for (const node of body.nodes) {
    const { of, index } = node.attrs as OpAttrs["given"];
    const value = node.op === "given" && of === "operand" ? known.get(index) : undefined;
    if (value === undefined) became.set(node, made({ ...node, in: node.in.map((x) => became.get(x)!) }));
    else {
      const one = made({ ...node, op: "const", in: [], attrs: { value }, shape: [] });
      const lifted = made({
        ...node,
        op: "reshape",
        in: [one],
        attrs: { shape: node.shape.map(() => 1) },
        shape: node.shape.map(() => 1),
      });
      became.set(node, made({ ...node, op: "expand", in: [lifted], attrs: { shape: node.shape } }));
    }
  }
  const now = (node: Node): Node => became.get(node)!;
  return {
    ...body,
    nodes,
    results: new Map([...body.results].map(([name, node]) => [name, now(node)])),
    labels: new Map([...body.labels].map(([node, label]) => [now(node), label])),
  };
}

function drafted(op: OpName, ins: readonly Node[], attrs: OpAttrs[OpName], id: number, from: Origin): Node {
  const draft: Node = { id, op, in: ins, attrs, shape: [], from };
  return {
    ...draft,
    shape: opOf(draft).shape(
      ins.map((x) => x.shape),
      attrs,
    ),
  };
}

/** The rules for each op, in their order. */
const rulesOf = (list: readonly Rule[], op: OpName): readonly Rule[] =>
  list.filter((rule) => rule.op.includes(op));
const always: ReadonlyMap<string, readonly Rule[]> = new Map(
  (Object.keys(ops) as OpName[]).map((op) => [op, rulesOf(rules, op)]),
);

function firstMatch(node: Node, rewriter: Rewriter, more: readonly Rule[]): Node | undefined {
  for (const list of [rulesOf(more, node.op), always.get(node.op)!])
    for (const rule of list) {
      const simpler = rule.apply(node, rewriter);
      if (simpler) return simpler;
    }
  return undefined;
}

/** Equal for nodes that have the same value. */
function keyOf(node: Node): string {
  const ins = node.in.map((x) => x.id);
  if (node.op === "add" || node.op === "mul" || node.op === "equal") ins.sort((a, b) => a - b);
  const exact = (_key: string, value: unknown): unknown =>
    typeof value === "number" ? signed(value) : value;
  return `${node.op} ${ins.join(",")} ${JSON.stringify(node.attrs, exact)}`;
}
/** JSON has neither −0 nor NaN nor infinities. */
const signed = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));

function live(nodes: readonly Node[], ends: readonly Node[]): ReadonlySet<Node> {
  const kept = new Set(ends);
  for (const node of [...nodes].reverse()) {
    if (node.op === "input" || node.op === "random") kept.add(node);
    if (kept.has(node)) for (const x of node.in) kept.add(x);
  }
  return kept;
}

function renumber(nodes: readonly Node[]): ReadonlyMap<Node, Node> {
  const final = new Map<Node, Node>();
  for (const node of nodes)
    final.set(node, { ...node, id: final.size, in: node.in.map((x) => final.get(x)!) });
  return final;
}
