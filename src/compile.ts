import { fuse } from "./codegen/fuse/index.ts";
import { generate, type Generated, type Target } from "./codegen/generate.ts";
import type { Buffer, Plan } from "./codegen/kernels.ts";
import { planArena } from "./codegen/memory.ts";
import { SCALAR_TILES, WASM_TILES } from "./codegen/tile.ts";
import { bindBatch } from "./ir/bind.ts";
import type { Graph, Variable } from "./ir/graph.ts";
import { simplify } from "./ir/simplify.ts";

export const WASM_TARGET: Target = { lanes: 4, tiles: WASM_TILES, packing: true };
export const SCALAR_TARGET: Target = { lanes: 1, tiles: SCALAR_TILES, packing: false };

/** Where things that outlive a program lie; asked in the order of their first use. */
export interface Heap {
  variable(variable: Variable): number;
  /** Memory of this program alone that keeps its content between runs. */
  keep(size: number): number;
  /** Start of at least `size` elements that programs share, each while it runs. */
  arena(size: number): number;
}

/** A graph made ready to run: kernels, their places in memory, and the names to fill and to read. */
export interface Compiled {
  readonly plan: Plan;
  readonly inputs: ReadonlyMap<string, Buffer>;
  readonly results: ReadonlyMap<string, Buffer>;
}

/** The pipeline from a graph to placed kernels: simplify → fuse → loops → memory. */
export function compile(graph: Graph, batch: number, target: Target, heap: Heap): Compiled {
  const simple = simplify(batch === 1 ? bindBatch(graph, 1) : graph);
  const fused = fuse(simple);
  const generated = generate(simple, fused, target);
  const plan = place(generated, batch, heap);
  return { plan, inputs: generated.inputs, results: generated.results };
}

function place(generated: Generated, batch: number, heap: Heap): Plan {
  const { kernels, packs } = generated;
  const offsets = new Map<Buffer, number>();
  for (const [variable, buffer] of generated.variables) offsets.set(buffer, heap.variable(variable));
  for (const buffer of packs.flatMap((pack) => pack.writes)) offsets.set(buffer, heap.keep(buffer.shape[0] as number));
  const unused = [...generated.inputs.values()].filter((buffer) => !kernels.some((k) => k.reads.includes(buffer)));
  const arena = planArena(kernels, batch, 0, unused);
  const start = heap.arena(arena.size);
  for (const [buffer, offset] of arena.offsets) offsets.set(buffer, start + offset);
  return { kernels, packs, offsets, batch, size: start + arena.size };
}
