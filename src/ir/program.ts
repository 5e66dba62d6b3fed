import { bindBatch } from "./bind.ts";
import type { Builder } from "./builder.ts";
import type { Graph, Node } from "./graph.ts";

/** The program that computes `results` and what was assigned: every node they need, in an order that can be run. */
export function programOf(b: Builder, results: ReadonlyMap<string, Node>): Graph {
  // a draw counts even where nobody reads it
  const draws = b.nodes.filter((node) => node.op === "random");
  const needed = new Set<Node>([...results.values(), ...b.assigns.map((a) => a.value), ...draws]);
  for (const node of [...b.nodes].reverse()) if (needed.has(node)) for (const x of node.in) needed.add(x);
  const nodes = b.nodes.filter((node) => needed.has(node));
  const inputs = nodes.filter((node): node is Node<"input"> => node.op === "input");
  const given = [...b.labels].filter(([node]) => needed.has(node));
  const named = [...results]
    .filter(([, node]) => !b.labels.has(node))
    .map(([name, node]) => [node, name] as const);
  const held = new Set(nodes.filter((node) => b.stopped.has(node.id)));
  const labels = new Map([...given, ...named]);
  const graph: Graph = { nodes, inputs, results, assigns: [...b.assigns], labels, held };
  return b.rows === undefined ? graph : { ...bindBatch(graph, b.rows), rows: b.rows };
}
