import type { Builder } from "./builder.ts";
import type { Graph, Node } from "./graph.ts";

/** The nodes of a program made again, with their labels, constant where they were so; `leaf` says what stands for a node instead. */
export function cloned(
  b: Builder,
  { nodes, labels, held }: Pick<Graph, "nodes" | "labels" | "held">,
  leaf: (node: Node) => Node | undefined,
): Map<Node, Node> {
  const made = new Map<Node, Node>();
  for (const node of nodes) {
    b.from = node.from;
    const known = leaf(node);
    if (known) made.set(node, known);
    else if (node.op !== "given") {
      const ins = node.in.map((x) => made.get(x)!);
      const again = b.node(node.op, ins, node.attrs);
      if (held?.has(node)) b.stopped.add(again.id);
      made.set(node, again);
    }
  }
  for (const [node, label] of labels) if (made.has(node)) b.label(made.get(node)!, label);
  return made;
}
