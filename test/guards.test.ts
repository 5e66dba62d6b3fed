import fc from "fast-check";
import { expect, test } from "vitest";
import { emitWasm } from "../src/codegen/emit-wasm.ts";
import type { Buffer } from "../src/codegen/kernels.ts";
import { sizeOf } from "../src/codegen/memory.ts";
import { compile, wasmTarget } from "../src/compile.ts";
import { numel } from "../src/ir/tensor.ts";
import { anyShape, anySteps, network } from "./random-network.ts";

/** Elements between any two buffers, all of one value that no kernel writes. */
const GUARD = 32;
const POISON = -1.2345e30;

test("no kernel writes beside its buffers", () => {
  fc.assert(
    fc.property(
      anyShape,
      anySteps,
      fc.constantFrom(1, 3, 33),
      fc.boolean(),
      fc.constantFrom(wasmTarget(), wasmTarget({ fma: true })),
      (shape, steps, n, training, target) => {
        const { graph } = network(shape, steps, training);
        const nowhere = { variable: () => 0, keep: () => 0, arena: () => 0 };
        const { plan } = compile(graph, n, target, nowhere);
        const places = apart([...plan.offsets.keys()], n);
        const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * places.size) / 65536) + 1 });
        const floats = new Float32Array(memory.buffer).fill(POISON);
        for (const { from, to } of places.inside) floats.fill(0.25, from, to);
        const spread = { ...plan, offsets: places.offsets, size: places.size };
        const module = new WebAssembly.Module(emitWasm(spread, { fma: false }));
        const { run, pack } = new WebAssembly.Instance(module, { env: { memory } }).exports as Record<
          string,
          (rows: number) => void
        >;
        pack?.(n);
        run(n);
        const inside = new Set(places.inside.flatMap(({ from, to }) => range(from, to)));
        const spoiled = [...floats.keys()].filter(
          (at) => !inside.has(at) && floats[at] !== Math.fround(POISON),
        );
        expect(spoiled).toEqual([]);
      },
    ),
    { numRuns: Number(process.env.RUNS ?? 60), seed: Number(process.env.SEED ?? 5) },
  );
}, 120_000);

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, k) => from + k);

/** Every buffer in a place of its own, guards around it. */
function apart(buffers: readonly Buffer[], n: number) {
  let top = GUARD;
  const offsets = new Map<Buffer, number>();
  const inside = buffers.map((buffer) => {
    const size = buffer.shape.includes("n") ? sizeOf(buffer.shape, n) : numel(buffer.shape as number[]);
    offsets.set(buffer, top);
    const place = { from: top, to: top + size };
    top += Math.ceil(size / 4) * 4 + GUARD;
    return place;
  });
  return { offsets, inside, size: top };
}
