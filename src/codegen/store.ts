import type { Graph, Node, Variable } from "../ir/graph.ts";
import { foldedShape, sameSizes } from "./fuse/group.ts";
import type { Fused } from "./fuse/index.ts";
import { isLeaf, rootOf } from "./fuse/stored.ts";
import type { Buffer } from "./kernels.ts";
import { passes } from "./loops/rows.ts";
import type { Names } from "./names.ts";
import { internal } from "../diagnostics.ts";
import { type Slot, partSlot, restride, wholeSlot } from "./places.ts";

/** What a program inside another finds and leaves outside: its operands, and the places of its results. */
export interface Outside {
  given(node: Node<"given">): Slot;
  readonly results: ReadonlyMap<Node, Slot>;
}

/** Which node lies where. */
export class Store {
  /** By name: two objects of one name are one variable. */
  readonly variables = new Map<string, { readonly variable: Variable; readonly buffer: Buffer }>();
  private readonly buffers = new Map<Node, Buffer>();
  /** Names of nodes that lie inside of others. */
  private readonly parts = new Map<Node, string>();
  private readonly graph: Graph;
  private readonly names: Names;
  private readonly results: ReadonlySet<Node>;
  private readonly outside: Outside | undefined;
  private readonly placed: Fused["placed"];

  constructor(graph: Graph, fused: Fused, names: Names, outside?: Outside) {
    this.graph = graph;
    this.names = names;
    this.outside = outside;
    this.placed = fused.placed;
    this.results = new Set([...graph.results.values()].map(rootOf));
    for (const node of graph.nodes) {
      if (node.op === "variable") {
        this.buffers.set(
          node,
          this.variable((node as Node<"variable">).attrs.variable, graph.labels.get(node)),
        );
      } else if (node.op === "random") this.variable((node as Node<"random">).attrs.seed);
      else if (node.op === "input") this.buffers.set(node, this.make(node, "input"));
    }
    for (const { variable, value } of graph.assigns) this.variable(variable, graph.labels.get(value));
    for (const node of this.placed.keys()) this.parts.set(node, names.fresh(labelOf(node, graph)));
    for (const node of needingMemory(graph, fused)) {
      if (outside?.results.has(node) || this.placed.has(node)) continue;
      const into = fused.into.get(node);
      this.buffers.set(
        node,
        into
          ? this.variable(into)
          : this.make(node, fused.prepared.has(node) ? "pack" : this.results.has(node) ? "result" : "value"),
      );
    }
  }

  variable(variable: Variable, label?: string): Buffer {
    const known = this.variables.get(variable.name);
    if (known) return known.buffer;
    const buffer: Buffer = {
      name: this.names.fresh(label ?? variable.name),
      shape: variable.shape,
      kind: "variable",
    };
    this.variables.set(variable.name, { variable, buffer });
    return buffer;
  }
  /** What a reader calls a node in memory. */
  title(node: Node): string | undefined {
    return this.parts.get(rootOf(node)) ?? this.memory(node)?.name;
  }
  memory(node: Node): Buffer | undefined {
    return this.slot(node)?.buffer;
  }
  slot(node: Node): Slot | undefined {
    const root = rootOf(node);
    const slot = this.rootSlot(root);
    if (!slot || node === root) return slot;
    const strides = restride(root.shape, slot.strides, node.shape);
    if (!strides) throw internal(`${slot.buffer.name} has no strides for its other shape`);
    return { ...slot, strides };
  }
  private rootSlot(root: Node): Slot | undefined {
    if (root.op === "given") return this.outside?.given(root as unknown as Node<"given">);
    const inside = this.placed.get(root);
    if (inside) return partSlot(this.slot(inside.whole)!, inside.start, inside.part.shape, root.shape);
    const buffer = this.buffers.get(root);
    return this.outside?.results.get(root) ?? (buffer && wholeSlot(buffer, root.shape));
  }
  private make(node: Node, kind: "input" | "result" | "value" | "pack"): Buffer {
    const name = node.op === "input" ? (node as Node<"input">).attrs.name : labelOf(node, this.graph);
    return { name: this.names.fresh(name), shape: node.shape, kind };
  }
}

export const labelOf = (node: Node, graph: Graph): string =>
  graph.labels.get(node) ?? `${node.from.layer}_${node.op}`;

/** Stored nodes read outside the kernel that makes them, or again in a later pass of it, and what the program leaves. */
function needingMemory(graph: Graph, fused: Fused): Set<Node> {
  const needed = new Set<Node>();
  const add = (node: Node): void => {
    const base = rootOf(node);
    if (!isLeaf(base)) needed.add(base);
  };
  for (const node of [...graph.results.values(), ...graph.assigns.map((a) => a.value)]) add(node);
  for (const group of fused.groups) {
    const pass = group.kind === "rows" ? passes(group) : undefined;
    const row = foldedShape(group);
    // a draw counts even where nobody reads it
    if (group.kind === "uniform") group.nodes.forEach(add);
    for (const node of group.nodes)
      for (const x of fused.reads(node)) {
        const elsewhere = fused.home.get(x) !== group;
        const later = pass && !sameSizes(x.shape, row) && pass.get(x) !== pass.get(node);
        if (elsewhere || later) add(x);
      }
  }
  return needed;
}
