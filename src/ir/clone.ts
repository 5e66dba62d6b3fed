import type { Builder } from "./builder.ts";
import type { Graph, Node } from "./graph.ts";

/** The nodes of a program made again, with their labels; `leaf` says what stands for a node instead. */
export function cloned(
  b: Builder,
  { nodes, labels }: Pick<Graph, "nodes" | "labels">,
  leaf: (node: Node) => Node | undefined,
): Map<Node, Node> {
  const made = new Map<Node, Node>();
  for (const node of nodes) {
    b.from = node.from;
    const known = leaf(node);
    if (known) made.set(node, known);
    else if (node.op !== "given") {
      const ins = node.in.map((x) => made.get(x)!);
      made.set(node, b.node(node.op, ins, node.attrs));
    }
  }
  for (const [node, label] of labels) if (made.has(node)) b.label(made.get(node)!, label);
  return made;
}
