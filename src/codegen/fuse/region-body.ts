import { Builder } from "../../ir/builder.ts";
import type { Graph, Node, OpAttrs, Sizes } from "../../ir/graph.ts";
import type { Region } from "./regions.ts";
import { isInline } from "./stored.ts";

/** One place of a region's outer axes as a program: those axes are of size 1. Its operands are the inputs in order. */
export function regionBody(
  region: Region,
  labels: Graph["labels"],
): { graph: Graph; made: ReadonlyMap<Node, Node> } {
  const b = new Builder(false);
  const made = new Map<Node, Node>();
  const narrow = (shape: Sizes, axes: readonly number[]): Sizes =>
    shape.map((d, k) => (axes.includes(k) ? 1 : d));
  const put = (node: Node, ins: readonly Node[], axes: readonly number[]): Node => {
    b.from = node.from;
    const shape = "shape" in node.attrs ? { shape: narrow(node.attrs.shape, axes) } : {};
    const copy = b.node(node.op, ins, { ...node.attrs, ...shape } as OpAttrs[typeof node.op]);
    made.set(node, copy);
    return copy;
  };
  // a number may be wanted with other axes by another reader
  const inline = (x: Node, axes: readonly number[]): Node =>
    put(
      x,
      x.in.map((y) => inline(y, axes)),
      axes,
    );
  region.inputs.forEach((x, index) => {
    b.from = x.from;
    const shape = narrow(x.shape, region.axes.get(x)!);
    made.set(x, b.node("given", [], { of: "operand", index, shape }) as unknown as Node);
  });
  for (const node of region.nodes) {
    const axes = region.axes.get(node)!;
    const ins = node.in.map((x) => (isInline(x) ? inline(x, axes) : made.get(x)!));
    const label = labels.get(node);
    const copy = put(node, ins, axes);
    if (label !== undefined) b.label(copy, label);
  }
  const results = new Map(region.outputs.map((node, k) => [`part ${k}`, made.get(node)!]));
  return { graph: { nodes: b.nodes, inputs: [], results, assigns: [], labels: b.labels }, made };
}
