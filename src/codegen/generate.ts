import { internal } from "../diagnostics.ts";
import type { Graph, Node, Part, Variable } from "../ir/graph.ts";
import { fuse, type Fused } from "./fuse/index.ts";
import type { Group } from "./fuse/group.ts";
import type { Block, Buffer, Expr, Kernel, Stmt } from "./kernels.ts";
import { columnLoops } from "./loops/columns.ts";
import { contractLoops } from "./loops/contract.ts";
import { gatherLoops, scatterLoops } from "./loops/gather.ts";
import { mapLoops } from "./loops/map.ts";
import { moveLoops, uniformCall } from "./loops/move.ts";
import { rowLoops } from "./loops/rows.ts";
import { regionLoops } from "./loops/region.ts";
import { type Inner, scanLoops } from "./loops/scan.ts";
import type { Site } from "./loops/site.ts";
import { Names } from "./names.ts";
import { says, spokenOf } from "./says.ts";
import { labelOf, type Outside, Store } from "./store.ts";
import type { Tiles, Winograd } from "./tile.ts";

export interface Target {
  readonly lanes: 1 | 4;
  readonly tiles: Tiles;
  /** Keep copies of weights in panels where a kernel runs faster on them. */
  readonly packing: boolean;
  readonly winograd: Winograd;
}

/** Kernels and the buffers between them, not yet placed in memory. */
export interface Generated {
  readonly kernels: readonly Kernel[];
  /** The group each kernel was made from; copies have none. */
  readonly groups: readonly (Group | undefined)[];
  readonly packs: readonly Kernel[];
  readonly inputs: ReadonlyMap<string, Buffer>;
  readonly results: ReadonlyMap<string, Buffer>;
  readonly variables: readonly { readonly variable: Variable; readonly buffer: Buffer }[];
}

/** Groups → loops. Decides what each group needs in memory, and names everything a reader will see. */
export function generate(graph: Graph, fused: Fused, target: Target): Generated {
  const names = new Names();
  const store = new Store(graph, fused, names);
  const packs: Kernel[] = [];
  const making = { target, names, packs };
  const isAhead = (group: Group): boolean => group.nodes.every((node) => fused.prepared.has(node));
  const ahead = fused.groups.filter(isAhead);
  packs.push(...ahead.map((group) => toKernel(group, graph, store, making)));
  const running = fused.groups.filter((group) => !isAhead(group));
  const kernels = running.map((group) => toKernel(group, graph, store, making));
  for (const { variable, value } of fused.copies) kernels.push(copyKernel(variable, value, store, names));
  const results = new Map([...graph.results].map(([name, node]) => [name, store.memory(node)!]));
  const inputs = new Map(
    graph.inputs.map((node) => [node.attrs.name, store.memory(node as unknown as Node)!]),
  );
  const groups = kernels.map((_, k) => running[k]);
  return { kernels, groups, packs, inputs, results, variables: [...store.variables.values()] };
}

/** What all kernels of a program share while they are made. */
interface Making {
  readonly target: Target;
  readonly names: Names;
  readonly packs: Kernel[];
}
/** And one of them. */
interface MakingOne extends Making {
  readonly kernel: string;
  readonly repeated?: Site["repeated"];
}

function toKernel(group: Group, graph: Graph, store: Store, making: Making): Kernel {
  const { names, target } = making;
  const locals = new Names(names);
  const name = names.fresh(kernelName(group, graph));
  const body = bodyOf(group, graph, store, locals, { ...making, kernel: name });
  const spelled = new Names(names);
  const own = new Map(
    spokenOf(group).map((node) => [node, store.title(node) ?? spelled.fresh(labelOf(node, graph))]),
  );
  const text = says(group, (node) => own.get(node) ?? store.title(node));
  const inPlace = group.kind === "map" || group.kind === "contract";
  return { ...finish(name, text, group, body, target.lanes), in_place: inPlace };
}

function bodyOf(group: Group, graph: Graph, store: Store, locals: Names, making: MakingOne): Stmt[] {
  const site = siteOf(group, graph, store, locals, making);
  if (group.kind !== "scan" && group.kind !== "region")
    return loopsOf(group, site, (node) => store.variable(node.attrs.seed));
  const first: Stmt[] = [];
  const within =
    group.kind === "scan" ? { ...making, repeated: { times: stepsOf(group), before: put(first) } } : making;
  const inner = (body: Graph, outside: Outside): Inner => {
    const fused = fuse(body, { inside: group.kind as "scan" | "region" });
    const inside = new Store(body, fused, making.names, outside);
    const bodies = fused.groups.map((g) => bodyOf(g, body, inside, locals, within));
    return { bodies, site: siteOf(group, body, inside, locals, within) };
  };
  const loops =
    group.kind === "scan" ? scanLoops(group, site, inner) : regionLoops(group, site, graph.labels, inner);
  return [...first, ...loops];
}

const stepsOf = (group: Group): number => (group.nodes[0] as unknown as Node<"scan">).attrs.steps;
const put =
  (list: Stmt[]) =>
  (stmts: Stmt[]): void =>
    void list.push(...stmts);

function siteOf(group: Group, graph: Graph, store: Store, locals: Names, making: MakingOne): Site {
  const { target, names, packs, kernel: whole } = making;
  const pack: Site["pack"] = (source, size, fill) => {
    const buffer: Buffer = { name: names.fresh(`${source.name}_panels`), shape: [size], kind: "pack" };
    const text = `${source.name} in panels`;
    packs.push(kernel(`pack_${source.name}`, text, group, fill(buffer), target.lanes, false, names));
    return buffer;
  };
  return {
    slot: (node) => store.slot(node),
    temporary: (name, shape) => ({ name: names.fresh(name), shape, kind: "value" }),
    isStored: (node) => store.slot(node) !== undefined || group.nodes.includes(node),
    name: (node) =>
      locals.fresh(
        node === group.contraction || node.op === "sum" ? "sum" : labelOf(node, graph).split("/").at(-1)!,
      ),
    block: (what) => names.fresh(`${whole}_${what}`),
    lanes: target.lanes,
    tiles: target.tiles,
    winograd: target.winograd,
    ...(target.packing && { pack }),
    ...(making.repeated && { repeated: making.repeated }),
  };
}

function loopsOf(group: Group, site: Site, seed: (node: Node<"random">) => Buffer): Stmt[] {
  switch (group.kind) {
    case "map":
      return mapLoops(group, site);
    case "rows":
      return rowLoops(group, site);
    case "columns":
      return columnLoops(group, site);
    case "contract":
      return contractLoops(group, site);
    case "move":
      return moveLoops(group, site);
    case "gather":
      return gatherLoops(group, site);
    case "scatter":
      return scatterLoops(group, site);
    case "uniform":
      return uniformCall(group, site, seed);
    case "scan":
    case "region":
      throw internal("what stands inside a loop has a body of its own");
  }
}

const kernel = (
  stem: string,
  text: string,
  group: Group,
  body: readonly Stmt[],
  lanes: 1 | 4,
  inPlace: boolean,
  names: Names,
): Kernel => ({ ...finish(names.fresh(stem), text, group, body, lanes), in_place: inPlace });

function finish(
  name: string,
  text: string,
  group: Group | undefined,
  body: readonly Stmt[],
  lanes: 1 | 4,
): Omit<Kernel, "in_place"> {
  const reads = new Set<Buffer>();
  const writes = new Set<Buffer>();
  walk(
    body,
    (s) => {
      if (s.kind === "call") {
        reads.add(s.seed);
        writes.add(s.seed).add(s.out);
      }
      if (s.kind === "store") writes.add(s.buffer);
    },
    (x) => void (x.kind === "load" && reads.add(x.buffer)),
  );
  const from = group
    ? [
        ...new Map(
          (group.region?.nodes ?? [...(group.contraction ? [group.contraction] : []), ...group.nodes]).map(
            (node) => [`${node.from.layer}|${node.from.part}`, node.from],
          ),
        ).values(),
      ]
    : [];
  return { name, says: text, from, reads: [...reads], writes: [...writes], lanes, body };
}

const OPERANDS = ["x", "y", "z", "test", "yes", "no"] as const;

/** Visits every statement and every expression of a body and of the blocks it runs. */
export function walk(stmts: readonly Stmt[], stmt: (s: Stmt) => void, expr: (x: Expr) => void): void {
  const visit = (x: Expr): void => {
    expr(x);
    if (x.kind === "sums") x.xs.forEach(visit);
    else OPERANDS.forEach((key) => key in x && visit((x as unknown as Record<string, Expr>)[key]));
  };
  for (const s of stmts) {
    stmt(s);
    if (s.kind === "when") visit(s.test);
    if (s.kind === "for" || s.kind === "when") walk(s.body, stmt, expr);
    else if (s.kind === "enter") walk(s.block.body, stmt, expr);
    else if (s.kind !== "call") visit(s.value);
  }
}

/** The blocks that a kernel runs, in the order in which it first does. */
export function blocksOf(kernel: Kernel): readonly Block[] {
  const found = new Set<Block>();
  walk(
    kernel.body,
    (s) => void (s.kind === "enter" && found.add(s.block)),
    () => {},
  );
  return [...found];
}

const PART: Readonly<Record<Part, string>> = {
  forward: "forward",
  backward: "backward",
  loss: "",
  update: "update",
  metric: "metric",
};

/** `dense_1_forward`, `dense_1_backward_kernel`: the layer, the part, and whose gradient it is. */
function kernelName(group: Group, graph: Graph): string {
  const main = group.contraction ?? group.region?.nodes.find(({ op }) => op === "einsum") ?? group.nodes[0];
  const { layer, part } = main.from;
  const label = group.nodes.map((x) => graph.labels.get(x)).find((x) => x !== undefined);
  const what =
    part !== "backward"
      ? ""
      : label?.includes("/")
        ? label.split("/").at(-1)!
        : group.contraction
          ? "input"
          : "";
  return [layer, PART[part], what].filter(Boolean).join("_");
}

/** An assignment that had to wait until everything else was done. */
function copyKernel(variable: Variable, value: Node, store: Store, names: Names): Kernel {
  const source = store.memory(value)!;
  const target = store.variable(variable);
  const size = variable.shape.reduce((a, b) => a * b, 1);
  const at = { base: 0, terms: [{ loop: "i", stride: 1 }] };
  const body: Stmt[] = [
    {
      ...{ kind: "for", loop: "i", from: 0, to: size, step: 1 },
      body: [
        {
          kind: "store",
          how: "one",
          buffer: target,
          at,
          value: { kind: "load", how: "splat", buffer: source, at },
        },
      ],
    },
  ];
  const lanes = 4;
  return {
    ...finish(names.fresh(`copy_${target.name}`), `${target.name} = ${source.name}`, undefined, body, lanes),
    in_place: false,
  };
}
