import type { Builder } from "./builder.ts";
import type { Node } from "./graph.ts";
import { opOf } from "./ops.ts";

/**
 * Extends a program by d(loss)/d(each of `wanted`), walking it once backwards. Nodes of the backward part take the
 * origin of the node they differentiate. A wanted node the loss does not depend on has no gradient: undefined.
 */
export function differentiate(b: Builder, loss: Node, wanted: readonly Node[]): (Node | undefined)[] {
  const one = b.reshape(
    b.const(1),
    loss.shape.map(() => 1),
  );
  const gradient = backpropagate(b, new Map([[loss, b.expand(one, loss.shape)]]), wanted);
  return wanted.map((node) => gradient.get(node.id));
}

/** The gradients, by id, of every node between those that `seeds` gives gradients of and the wanted ones. */
export function backpropagate(
  b: Builder,
  seeds: ReadonlyMap<Node, Node>,
  wanted: readonly Node[],
): ReadonlyMap<number, Node> {
  const needed = new Set(wanted.map((node) => node.id));
  for (const node of b.nodes) {
    if (!b.stopped.has(node.id) && node.in.some((x) => needed.has(x.id))) needed.add(node.id);
  }
  const gradient = new Map([...seeds].map(([node, dy]) => [node.id, dy]));
  const last = Math.max(...gradient.keys());
  for (const node of b.nodes.slice(0, last + 1).reverse()) {
    const dy = gradient.get(node.id);
    if (dy) b.label(dy, `d_${b.labels.get(node) ?? `${node.from.layer}_${node.op}`}`);
    if (!dy || !needed.has(node.id) || node.in.length === 0) continue;
    b.from = { layer: node.from.layer, part: "backward" };
    opOf(node)
      .vjp(b, dy, node.in, node, node.attrs)
      .forEach((dx, k) => {
        const x = node.in[k];
        if (!dx || !needed.has(x.id)) return;
        const sum = gradient.get(x.id);
        gradient.set(x.id, sum ? b.add(sum, dx) : dx);
      });
  }
  return gradient;
}
