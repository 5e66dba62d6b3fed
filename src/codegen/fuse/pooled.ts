import type { Node, Sizes } from "../../ir/graph.ts";
import { opOf } from "../../ir/ops.ts";
import { isUnitReshape } from "../places.ts";
import type { Region } from "./regions.ts";
import { isInline } from "./stored.ts";

/*
 * Pooling behind a convolution: kernel by kernel, what the convolution makes of all samples would pass through memory.
 * One sample at a time it stays in a cache, and the next sample uses its memory again: a convolutional net's arena for
 * 256 rows is a quarter, its time 0.97 to 1 (Node 20).
 */

/** What is known of the nodes around. */
interface Around {
  readonly users: ReadonlyMap<Node, readonly Node[]>;
  /** The program leaves it in memory. */
  isWanted(x: Node): boolean;
  /** It may be computed where the fold is. */
  isNear(x: Node): boolean;
}

/** A product of every sample with weights, what follows it element by element, and the fold of windows of that. */
export function pooledRegion(fold: Node, around: Around): Region | undefined {
  const [view] = fold.in;
  if (!opOf(fold).reduces || view.op !== "window" || fold.shape[0] !== "n") return undefined;
  const chain = isOnlyFor(view, fold, around) ? chainTo(view.in[0], view, around) : undefined;
  if (!chain) return undefined;
  const nodes = [...chain, view, ...withEnd(fold, around)];
  const kept = new Set(nodes);
  const inputs = [...new Set(nodes.flatMap((node) => node.in))].filter((x) => !kept.has(x) && !isInline(x));
  const axes = new Map([...nodes, ...inputs].map((x) => [x, x.shape[0] === "n" ? [0] : []]));
  return { nodes, outputs: [nodes.at(-1)!], inputs, sizes: ["n"], axes };
}

const isOnlyFor = (x: Node, reader: Node, { users, isWanted, isNear }: Around): boolean =>
  isNear(x) && !isWanted(x) && users.get(x)!.every((user) => user === reader);

const isSame = (a: Sizes, b: Sizes): boolean => a.join() === b.join();

/** From the product to `end`, each node for the next one only. */
function chainTo(end: Node, reader: Node, around: Around): Node[] | undefined {
  const chain: Node[] = [];
  for (let [node, by] = [end, reader]; isOnlyFor(node, by, around);) {
    chain.push(node);
    if (node.op === "einsum") return isOfSamples(node) ? chain.toReversed() : undefined;
    if (!opOf(node).elementwise) return undefined;
    const { shape } = node;
    const [before, ...others] = node.in.filter(
      (x) => isSame(x.shape, shape) && (opOf(x).elementwise || x.op === "einsum"),
    );
    if (!before || others.length > 0) return undefined;
    [node, by] = [before, node];
  }
  return undefined;
}

/** The first operand alone has the samples, before all else. */
function isOfSamples(node: Node): boolean {
  const { a, b, out } = (node as unknown as Node<"einsum">).attrs;
  return node.shape[0] === "n" && a[0] === out[0] && !b.includes(out[0]);
}

/** The fold, and what is done to it alone. */
function withEnd(fold: Node, { users, isWanted, isNear }: Around): Node[] {
  const nodes = [fold];
  for (let last = fold; !isWanted(last);) {
    const [next, ...others] = users.get(last)!;
    if (!next || others.length > 0 || !isNear(next) || !isPlain(next, last)) break;
    nodes.push(next);
    last = next;
  }
  return nodes;
}

/** Another spelling of the shape, or a cheap function of this value and of numbers. */
function isPlain(node: Node, value: Node): boolean {
  if (isUnitReshape(node)) return node.shape[0] === "n";
  const { elementwise, costly } = opOf(node);
  return elementwise === true && !costly && node.in.every((x) => x === value || isInline(x));
}
