import type { Graph, Node, OpAttrs, OpName, Size, Sizes } from "./graph.ts";

/** The same program for one fixed batch: every size is a number, so that loops have literal bounds. */
export function bindBatch(graph: Graph, n: number): Graph {
  const size = (d: Size): Size => (d === "n" ? n : d);
  const sizes = (s: Sizes): Sizes => s.map(size);
  const made = new Map<Node, Node>();
  const nodes = graph.nodes.map((node) => {
    const attrs = {
      ...node.attrs,
      ...("shape" in node.attrs && { shape: sizes(node.attrs.shape) }),
      ...("body" in node.attrs && { body: bindBatch(node.attrs.body, n) }),
    };
    const bound: Node =
      node.op === "batch"
        ? ({ ...node, op: "const", attrs: { value: n } } as unknown as Node)
        : {
            ...node,
            attrs: attrs as OpAttrs[OpName],
            in: node.in.map((x) => made.get(x)!),
            shape: sizes(node.shape),
          };
    made.set(node, bound);
    return bound;
  });
  return {
    nodes,
    inputs: graph.inputs.map((node) => made.get(node as unknown as Node) as unknown as Node<"input">),
    results: new Map([...graph.results].map(([name, node]) => [name, made.get(node)!])),
    assigns: graph.assigns.map(({ variable, value }) => ({ variable, value: made.get(value)! })),
    labels: new Map([...graph.labels].map(([node, label]) => [made.get(node)!, label])),
    ...(graph.held && { held: new Set([...graph.held].map((node) => made.get(node)!)) }),
  };
}
