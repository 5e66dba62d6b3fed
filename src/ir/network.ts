/** A call of a layer and the calls whose outputs it uses, in the order of its arguments. */
export interface NetworkNode<L> {
  readonly layer: L;
  readonly inputs: readonly { readonly node: NetworkNode<L> }[];
}

/** The part of a graph between inputs and outputs: its calls, and its layers in the order of Keras's config. */
export interface Network<L, N extends NetworkNode<L>> {
  readonly nodes: ReadonlySet<N>;
  readonly layers: readonly L[];
}

/**
 * Keras lists layers by depth, the longest way to an output in calls, farthest first; layers of one depth in the
 * order in which a walk back from the outputs meets them.
 */
export function networkOf<L, N extends NetworkNode<L>>(
  inputs: readonly N[],
  outputs: readonly N[],
): Network<L, N> {
  const { order, met } = walk<L, N>(outputs);
  const depths = depthsOf<L, N>(order).layers;
  const nodes = new Set(order);
  for (const node of inputs) {
    if (nodes.has(node)) continue;
    // An input that leads nowhere is kept, before the others of its depth.
    nodes.add(node);
    depths.set(node.layer, 0);
    met.set(node.layer, -1);
  }
  const layers = [...depths.keys()];
  layers.sort((a, b) => depths.get(b)! - depths.get(a)! || met.get(a)! - met.get(b)!);
  return { nodes, layers };
}

interface Walk<L, N> {
  /** From inputs to outputs. */
  readonly order: N[];
  readonly met: Map<L, number>;
}

/** Depth first from the outputs, without recursion: a model may be thousands of layers deep. */
function walk<L, N extends NetworkNode<L>>(outputs: readonly N[]): Walk<L, N> {
  const order: N[] = [];
  const met = new Map<L, number>();
  const seen = new Set<N>();
  const enter = (node: N): { node: N; at: number } => {
    seen.add(node);
    if (!met.has(node.layer)) met.set(node.layer, met.size);
    return { node, at: 0 };
  };
  for (const output of outputs) {
    const stack = seen.has(output) ? [] : [enter(output)];
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const next = top.node.inputs[top.at++]?.node as N | undefined;
      if (next === undefined) order.push(stack.pop()!.node);
      else if (!seen.has(next)) stack.push(enter(next));
    }
  }
  return { order, met };
}

/** The order in which Keras runs calls: farthest from the outputs first; calls of one depth as a walk back numbers them. */
export function runOrder<L, N extends NetworkNode<L>>(outputs: readonly N[]): N[] {
  const { nodes } = depthsOf<L, N>(walk<L, N>(outputs).order);
  return [...nodes.keys()].sort((a, b) => nodes.get(b)! - nodes.get(a)!);
}

interface Depths<L, N> {
  readonly nodes: Map<N, number>;
  readonly layers: Map<L, number>;
}

function depthsOf<L, N extends NetworkNode<L>>(order: readonly N[]): Depths<L, N> {
  const nodes = new Map<N, number>();
  const layers = new Map<L, number>();
  for (const node of [...order].reverse()) {
    const depth = Math.max(nodes.get(node) ?? 0, layers.get(node.layer) ?? 0);
    nodes.set(node, depth);
    layers.set(node.layer, depth);
    for (const { node: before } of node.inputs as readonly { readonly node: N }[])
      nodes.set(before, Math.max(depth + 1, nodes.get(before) ?? 0));
  }
  return { nodes, layers };
}
