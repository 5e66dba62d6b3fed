import type { LayerValue, NodeValue, TensorValue } from "./values.ts";

/** The part of the graph between inputs and outputs: its calls, and its layers in the order of Keras's config. */
export interface Network {
  readonly nodes: ReadonlySet<NodeValue>;
  readonly layers: readonly LayerValue[];
}

/**
 * Keras lists layers by depth, the longest way to an output in calls, farthest first; layers of one depth in the
 * order in which a walk back from the outputs meets them.
 */
export function networkOf(inputs: readonly TensorValue[], outputs: readonly TensorValue[]): Network {
  const { order, met } = walk(outputs);
  const depths = depthsOf(order);
  const nodes = new Set(order);
  for (const { node } of inputs) {
    if (nodes.has(node)) continue;
    // An input that leads nowhere is kept, before the others of its depth.
    nodes.add(node);
    depths.set(node.layer, 0);
    met.set(node.layer, -1);
  }
  const layers = [...depths.keys()];
  const rank = new Map(layers.map((layer, i) => [layer, i]));
  layers.sort(
    (a, b) => depths.get(b)! - depths.get(a)! || met.get(a)! - met.get(b)! || rank.get(a)! - rank.get(b)!,
  );
  return { nodes, layers };
}

interface Walk {
  /** From inputs to outputs. */
  readonly order: NodeValue[];
  readonly met: Map<LayerValue, number>;
}

/** Depth first from the outputs, without recursion: a model may be thousands of layers deep. */
function walk(outputs: readonly TensorValue[]): Walk {
  const found: Walk = { order: [], met: new Map() };
  const seen = new Set<NodeValue>();
  for (const { node } of outputs) {
    const stack = seen.has(node) ? [] : [enter(node, found, seen)];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const next = top.node.inputs[top.at++];
      if (next === undefined) {
        found.order.push(top.node);
        stack.pop();
      } else if (!seen.has(next.node)) stack.push(enter(next.node, found, seen));
    }
  }
  return found;
}
function enter(node: NodeValue, { met }: Walk, seen: Set<NodeValue>): { node: NodeValue; at: number } {
  seen.add(node);
  if (!met.has(node.layer)) met.set(node.layer, met.size);
  return { node, at: 0 };
}

function depthsOf(order: readonly NodeValue[]): Map<LayerValue, number> {
  const nodes = new Map<NodeValue, number>();
  const layers = new Map<LayerValue, number>();
  for (const node of [...order].reverse()) {
    const depth = Math.max(nodes.get(node) ?? 0, layers.get(node.layer) ?? 0);
    nodes.set(node, depth);
    layers.set(node.layer, depth);
    for (const { node: before } of node.inputs)
      nodes.set(before, Math.max(depth + 1, nodes.get(before) ?? 0));
  }
  return layers;
}
