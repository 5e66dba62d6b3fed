import { internal } from "../../diagnostics.ts";
import type { Graph, Node, Sizes } from "../../ir/graph.ts";
import { opOf } from "../../ir/ops.ts";
import { pooledRegion } from "./pooled.ts";
import { isUnitReshape, isView } from "../places.ts";
import { isInline, throughMoves, usersOf, wanted } from "./stored.ts";

/*
 * Pooling behind a convolution (`pooled.ts`), and attention: two products over the same samples and heads, and a softmax between them. Kernel by kernel, the scores of
 * all samples would pass through memory. A region is computed for one place of those axes at a time instead, its
 * innermost values in memory that is used again at the next place.
 */

/** Products over the same axes, and what lies between or behind them. */
export interface Region {
  /** What is computed at every place of the outer axes, in order. */
  readonly nodes: readonly Node[];
  /** Those that are read elsewhere. */
  readonly outputs: readonly Node[];
  /** What is read from memory. */
  readonly inputs: readonly Node[];
  /** The outer axes' sizes. */
  readonly sizes: Sizes;
  /** Where a node, or an input, has the outer axes. */
  readonly axes: ReadonlyMap<Node, readonly number[]>;
}

/** A region that still grows. */
interface Draft {
  readonly sizes: Sizes;
  readonly phase: string;
  readonly axes: Map<Node, readonly number[]>;
}

type Test = (x: Node, kept: ReadonlySet<Node>) => boolean;
interface Readers {
  /** Nobody but these nodes reads a value. */
  readonly isPrivate: Test;
  /** Somebody else does. */
  readonly isRead: Test;
}

/** Every region of a program; no node lies in two, and none depends on itself by way of others. */
export function regionsOf(
  graph: Graph,
  prepared: ReadonlySet<Node>,
  phaseOf: (node: Node) => string,
): Region[] {
  const users = usersOf(graph);
  const outside = wanted(graph);
  const taken = new Set<Node>();
  const isPrivate: Test = (x, kept) =>
    !outside.has(x) && !prepared.has(x) && !taken.has(x) && users.get(x)!.every((user) => kept.has(user));
  // readers outside see through a view to what it shows
  const isRead: Test = (x, kept) =>
    outside.has(x) ||
    (!isView(x) && users.get(x)!.some((user) => !kept.has(user) || (isView(user) && isSeen(user, kept))));
  const isSeen: Test = (view, kept) =>
    users.get(view)!.some((user) => !kept.has(user) || (isView(user) && isSeen(user, kept)));
  const poolings = graph.nodes.flatMap((fold) => {
    const isNear = (x: Node): boolean => !prepared.has(x) && phaseOf(x) === phaseOf(fold);
    return pooledRegion(fold, { users, isNear, isWanted: (x) => outside.has(x) }) ?? [];
  });
  poolings.forEach(({ nodes }) => nodes.forEach((node) => taken.add(node)));
  const attention = drafts(graph, prepared, phaseOf).flatMap((draft) => {
    const products = pruned(draft, users, taken);
    const region = products.size > 0 ? finished(graph, draft, products, { isPrivate, isRead }) : undefined;
    region?.nodes.forEach((node) => taken.add(node));
    return region ?? [];
  });
  return [...poolings, ...attention];
}

/** In program order: a node joins the draft that it reads from, unless it also reads what was made of it outside. */
function drafts(graph: Graph, prepared: ReadonlySet<Node>, phaseOf: (node: Node) => string): Draft[] {
  const all: Draft[] = [];
  const home = new Map<Node, Draft>();
  const left = new Map<Node, ReadonlySet<Draft>>();
  for (const node of graph.nodes) {
    const before = new Set(node.in.flatMap((x) => [...(left.get(x) ?? [])]));
    const near = node.in.flatMap((x) => home.get(x) ?? []).filter((draft) => !before.has(draft));
    const phase = phaseOf(node);
    let own = prepared.has(node)
      ? undefined
      : near.find((draft) => draft.phase === phase && axesWithin(node, draft.axes, draft.sizes));
    if (own) own.axes.set(node, axesWithin(node, own.axes, own.sizes)!);
    else {
      const axes = prepared.has(node) ? undefined : batchAxes(node);
      if (axes) {
        own = { sizes: axes.map((k) => node.shape[k]), phase, axes: new Map([[node, axes]]) };
        all.push(own);
      }
    }
    if (own) home.set(node, own);
    for (const x of node.in) {
      const draft = home.get(x);
      if (draft && draft !== own) before.add(draft);
    }
    left.set(node, before);
  }
  return all;
}

/** The axes of a product's result that both operands have. */
function batchAxes(node: Node): readonly number[] | undefined {
  if (node.op !== "einsum") return undefined;
  const { a, b, out } = (node as unknown as Node<"einsum">).attrs;
  const letters = [...out].filter((l, k) => a.includes(l) && b.includes(l) && node.shape[k] !== 1);
  return letters.length > 0 ? letterAxes(node, letters) : undefined;
}

/** Where these letters stand in a product's result: in both operands as well, two values of the batch, and last in none. */
function letterAxes(node: Node, letters: readonly string[]): readonly number[] | undefined {
  const { a, b, out } = (node as unknown as Node<"einsum">).attrs;
  const ends = [
    [a, node.in[0].shape],
    [b, node.in[1].shape],
    [out, node.shape],
  ] as const;
  const fits = ends.every(([text, shape]) => {
    const axes = letters.map((l) => text.indexOf(l));
    return !axes.includes(-1) && hasInside(shape, axes);
  });
  const [x, y] = node.in;
  const known = x === y || [x, y].some((side) => throughMoves(side).op === "variable");
  return fits && !known ? letters.map((l) => out.indexOf(l)) : undefined;
}

/** True if something is left within the outer axes: the batch is one of them, the last axis is not. */
const hasInside = (shape: Sizes, axes: readonly number[]): boolean =>
  shape.every((d, k) => d !== "n" || axes.includes(k)) && !axes.includes(shape.findLastIndex((d) => d !== 1));

/** The outer axes of a node whose inputs have these, undefined where it mixes them with others. */
function axesWithin(
  node: Node,
  known: ReadonlyMap<Node, readonly number[]>,
  sizes: Sizes,
): readonly number[] | undefined {
  const inside = node.in.flatMap((x, k) => (known.has(x) ? [{ axes: known.get(x)!, k }] : []));
  const [{ axes }] = inside;
  if (node.op === "einsum") {
    const { a, b } = (node as unknown as Node<"einsum">).attrs;
    const letters = inside.map((x) => x.axes.map((axis) => [a, b][x.k][axis]));
    return letters.every((one) => one.join() === letters[0].join())
      ? letterAxes(node, letters[0])
      : undefined;
  }
  if (inside.some((x) => x.axes.join() !== axes.join())) return undefined;
  if (opOf(node).elementwise || node.op === "expand") return axes;
  if (opOf(node).reduces) {
    const folded = (node as Node<"sum">).attrs.axes;
    return axes.some((k) => folded.includes(k)) ? undefined : axes;
  }
  if (isUnitReshape(node)) return respelled(node, axes, sizes);
  return undefined;
}

/** Axes of size 1 come and go, the others stay in order. */
function respelled(node: Node, axes: readonly number[], sizes: Sizes): readonly number[] | undefined {
  const real = (shape: Sizes): number[] => shape.flatMap((d, k) => (d === 1 ? [] : [k]));
  const [from, to] = [real(node.in[0].shape), real(node.shape)];
  const moved = axes.map((k) => to[from.indexOf(k)]);
  return moved.every((k, i) => node.shape[k] === sizes[i]) ? moved : undefined;
}

type Users = ReadonlyMap<Node, readonly Node[]>;

/** What leads to a product, and what ends the last ones; nothing where there is but one product. */
function pruned({ axes }: Draft, users: Users, taken: ReadonlySet<Node>): Set<Node> {
  const nodes = [...axes.keys()];
  const products = nodes.filter((node) => node.op === "einsum");
  if (products.length < 2) return new Set();
  const kept = new Set(products);
  for (const node of nodes.toReversed()) if (users.get(node)!.some((user) => kept.has(user))) kept.add(node);
  // what else it reads of the draft would have to be made outside, of what is made inside
  const ends = (node: Node): boolean =>
    axes.has(node) &&
    opOf(node).elementwise === true &&
    !opOf(node).costly &&
    !taken.has(node) &&
    node.in.every((x) => kept.has(x) || !axes.has(x));
  for (const product of products)
    for (let end = product; ;) {
      const [next, ...others] = users.get(end)!;
      if (!next || others.length > 0 || kept.has(next) || !ends(next)) break;
      kept.add(next);
      end = next;
    }
  return kept;
}

/** A region with what it reads: cheap values that nobody else wants are made inside as well. */
function finished(
  graph: Graph,
  draft: Draft,
  products: ReadonlySet<Node>,
  { isPrivate, isRead }: Readers,
): Region | undefined {
  const kept = new Set(products);
  const axes = new Map([...kept].map((node) => [node, draft.axes.get(node)!]));
  const inputs = new Set<Node>();
  const reads = [...kept].toReversed().flatMap((reader) => reader.in.map((x) => ({ reader, x })));
  for (let read = reads.shift(); read; read = reads.shift()) {
    const { reader, x } = read;
    if (products.has(x) || isInline(x)) continue;
    const here = readAxes(reader, x, axes.get(reader)!);
    if ((axes.get(x) ?? here).join() !== here.join()) return undefined;
    axes.set(x, here);
    if (inputs.has(x) || kept.has(x)) continue;
    if (reader.op !== "einsum" && opOf(x).elementwise && isPrivate(x, kept)) {
      kept.add(x);
      reads.push(...x.in.map((y) => ({ reader: x, x: y })));
    } else inputs.add(x);
  }
  return {
    nodes: graph.nodes.filter((node) => kept.has(node)),
    outputs: graph.nodes.filter((node) => kept.has(node) && isRead(node, kept)),
    ...{ inputs: [...inputs], sizes: draft.sizes, axes },
  };
}

/** The outer axes of what a node reads: the same, but for a product's letters. */
function readAxes(reader: Node, x: Node, axes: readonly number[]): readonly number[] {
  if (reader.op !== "einsum") return axes;
  const { a, b, out } = (reader as unknown as Node<"einsum">).attrs;
  return axes.map((k) => (reader.in[0] === x ? a : b).indexOf(out[k]));
}

/** The program with every region in one piece, and the region of each node that lies in one. */
export function inRegions(
  graph: Graph,
  found: readonly Region[],
): { graph: Graph; regions: ReadonlyMap<Node, Region> } {
  const regions = new Map(found.flatMap((region) => region.nodes.map((node) => [node, region] as const)));
  if (found.length === 0) return { graph, regions };
  const order = new Set<Node>();
  const stack = graph.nodes.toReversed();
  const deepest = graph.nodes.reduce((sum, node) => sum + 1 + node.in.length, 0);
  while (stack.length > 0) {
    const node = stack.at(-1)!;
    const unit = regions.get(node)?.nodes ?? [node];
    const missing = unit.flatMap((x) => x.in).filter((x) => !order.has(x) && !unit.includes(x));
    if (order.has(node) || missing.length === 0) {
      stack.pop();
      unit.forEach((x) => order.add(x));
    } else if (stack.length > deepest) throw internal("a region depends on itself by way of others");
    else stack.push(...missing);
  }
  return { graph: { ...graph, nodes: [...order] }, regions };
}
