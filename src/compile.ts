import { internal, ModelLimitError } from "./diagnostics.ts";
import { fuse } from "./codegen/fuse/index.ts";
import { generate, type Generated, type Target } from "./codegen/generate.ts";
import type { Buffer, Kernel, Plan } from "./codegen/kernels.ts";
import { planArena, sizeOf } from "./codegen/memory.ts";
import { SCALAR_TILES, WASM_FMA_TILES, WASM_TILES, type Winograd } from "./codegen/tile.ts";
import { numel } from "./ir/tensor.ts";
import { bindBatch } from "./ir/bind.ts";
import type { Graph, Node, Variable } from "./ir/graph.ts";
import { foldWeights, preparedNodes } from "./ir/fold-weights.ts";
import { simplify } from "./ir/simplify.ts";

/** What the generated WebAssembly may do beyond products and sums in order. */
export interface WasmOptions {
  /** Multiplications with additions are one instruction (relaxed SIMD): faster, rounded once. */
  readonly fma?: boolean;
  /** The widest tile of Winograd's convolution; 2 if not given. */
  readonly winograd?: Winograd;
}
export const wasmTarget = ({ fma = false, winograd = 2 }: WasmOptions = {}): Target => ({
  ...{ lanes: 4, packing: true, winograd },
  tiles: fma ? WASM_FMA_TILES : WASM_TILES,
});
export const SCALAR_TARGET: Target = { lanes: 1, tiles: SCALAR_TILES, packing: false, winograd: 0 };

/** Where things that outlive a program lie; asked in the order of their first use. */
export interface Heap {
  variable(variable: Variable): number;
  /** Memory of this program alone that keeps its content between runs. */
  keep(size: number): number;
  /** Start of at least `size` elements that programs share, each while it runs. */
  arena(size: number): number;
}

/** A way into a program: the results it must bring, and whether it assigns variables. */
export interface Entry {
  readonly name: string;
  readonly results: readonly string[];
  readonly assigns: boolean;
}

/** A graph made ready to run: kernels, their places in memory, and the names to fill and to read. */
export interface Compiled {
  readonly plan: Plan;
  readonly inputs: ReadonlyMap<string, Buffer>;
  readonly results: ReadonlyMap<string, Buffer>;
}

/** The pipeline from a graph to placed kernels: simplify → fuse → loops → memory. */
export function compile(
  graph: Graph,
  batch: number,
  target: Target,
  heap: Heap,
  entries?: readonly Entry[],
): Compiled {
  // a program that changes weights would have to prepare them anew every time
  const changes = graph.assigns.some(({ variable }) => variable.kind === "weight");
  const packing = target.packing && !changes;
  const bound = simplify(batch === 1 ? bindBatch(graph, 1) : graph);
  const simple = packing ? foldWeights(bound) : bound;
  const fixed = changes ? new Set<Node>() : preparedNodes(simple);
  // code for readers keeps none of it but whole products: those of low-rank factors
  const prepared = packing || [...fixed].some(({ op }) => op === "einsum") ? fixed : new Set<Node>();
  // a program with one way in runs all of it, also draws that only move their seed on
  const wanted = entries?.map((entry) => ({ ...entry, nodes: neededBy(simple, entry) })) ?? [
    { name: "run", assigns: true, nodes: new Set(simple.nodes) },
  ];
  const phaseOf = (node: Node): string =>
    wanted
      .filter((w) => w.nodes.has(node))
      .map((w) => w.name)
      .join();
  const fused = fuse(simple, { phaseOf: (node) => (prepared.has(node) ? "ahead" : phaseOf(node)), prepared });
  const generated = generate(simple, fused, { ...target, packing });
  const { packs } = generated;
  const runs = wanted.map(({ name, nodes, assigns }): [string, Kernel[]] => [
    name,
    generated.kernels.filter((_, k) => generated.groups[k]?.nodes.some((node) => nodes.has(node)) ?? assigns),
  ]);
  const plan = place(
    generated,
    batch,
    heap,
    new Map([...runs, ...(packs.length ? [["pack", packs] as const] : [])]),
  );
  return { plan, inputs: generated.inputs, results: generated.results };
}

/** Every node an entry's results and assignments are made from. */
function neededBy(graph: Graph, { results, assigns }: Entry): Set<Node> {
  const roots = results.map((name) => graph.results.get(name)!);
  const needed = new Set([...roots, ...(assigns ? graph.assigns.map((a) => a.value) : [])]);
  for (const node of [...graph.nodes].reverse()) if (needed.has(node)) for (const x of node.in) needed.add(x);
  return needed;
}

function place(generated: Generated, batch: number, heap: Heap, entries: Plan["entries"]): Plan {
  const { kernels, packs } = generated;
  for (const { name, reads } of packs)
    if (reads.some(({ kind }) => kind === "value")) throw internal(`${name} runs before what it reads`);
  const offsets = new Map<Buffer, number>();
  for (const { variable, buffer } of generated.variables) offsets.set(buffer, heap.variable(variable));
  for (const buffer of packs.flatMap((pack) => pack.writes))
    if (buffer.kind === "pack") offsets.set(buffer, heap.keep(numel(buffer.shape as readonly number[])));
  const ends = { inputs: generated.inputs.values(), results: [...generated.results.values()] };
  const arena = planArena(kernels, batch, 0, ends);
  if (4 * arena.size > ADDRESSABLE) throw tooLarge(arena, kernels, batch);
  const start = heap.arena(arena.size);
  for (const [buffer, offset] of arena.offsets) offsets.set(buffer, start + offset);
  return { kernels: [...kernels, ...packs], entries, offsets, batch, size: start + arena.size };
}

/** Bytes that WebAssembly can address, less a page so that no offset overflows. */
export const ADDRESSABLE = 2 ** 32 - 2 ** 16;

function tooLarge(
  { size, offsets }: ReturnType<typeof planArena>,
  kernels: readonly Kernel[],
  batch: number,
): ModelLimitError {
  const need = (kernel: Kernel): number =>
    4 *
    [...new Set([...kernel.reads, ...kernel.writes])].reduce(
      (sum, buffer) => sum + (offsets.has(buffer) ? sizeOf(buffer.shape, batch) : 0),
      0,
    );
  const largest = kernels.reduce((a, b) => (need(a) >= need(b) ? a : b));
  return new ModelLimitError({
    code: "memory-limit",
    message: `The model needs more memory for ${batch} rows than WebAssembly can address; most of it in ${largest.from[0]?.layer ?? largest.name} (${need(largest)} bytes).`,
    expected: `at most ${ADDRESSABLE} bytes`,
    received: `${4 * size} bytes`,
    ...(batch > 1 && { hint: "A smaller batch_size needs less." }),
  });
}
