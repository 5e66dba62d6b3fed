import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { invent } from "../src/bench-data.ts";
import { lifetimes } from "../src/codegen/memory.ts";
import { Builder } from "../src/ir/builder.ts";
import type { Graph, Node } from "../src/ir/graph.ts";
import { programOf } from "../src/ir/program.ts";
import { compile, SCALAR_TARGET, wasmTarget, type Heap } from "../src/compile.ts";
import { loadModel } from "../src/node/index.ts";
import { trainingArrays } from "../src/runtime/arrays.ts";
import { bind } from "../src/runtime/core.ts";
import { programFor } from "../src/runtime/programs.ts";
import { anyShape, anySteps, network } from "./random-network.ts";

/** A heap that never gives the same place twice. */
function heap(): Heap {
  let top = 64;
  const keep = (size: number): number => (top += size + 16) - size - 16;
  const places = new Map<string, number>();
  return {
    keep,
    arena: keep,
    variable(v) {
      const offset = places.get(v.name) ?? keep(v.shape.reduce((a, b) => a * b, 1));
      places.set(v.name, offset);
      return offset;
    },
  };
}

describe("what is put together", () => {
  const kernelsOf = (write: (b: Builder, x: Node, weight: (shape: number[]) => Node) => Node) => {
    const b = new Builder(false);
    const x = b.input("x", ["n", 6, 5, 8]) as unknown as Node;
    let count = 0;
    const weight = (shape: number[]): Node => b.variable({ name: `w${count++}`, shape, kind: "weight" });
    const graph = programOf(b, new Map([["whole", write(b, x, weight)]]));
    return compile(graph, 4, wasmTarget(), heap()).plan.entries.get("run")!;
  };
  const dense = (b: Builder, x: Node, kernel: Node): Node => b.max(0, b.matmul(x, kernel));
  const targets = (kernels: ReturnType<typeof kernelsOf>): string[] =>
    kernels.map(({ writes }) => writes.map(({ name }) => name).join());

  test("is made in its place, chains and other spellings too", () => {
    const kernels = kernelsOf((b, x, weight) => {
      const [p, q] = [dense(b, x, weight([8, 4])), dense(b, x, weight([8, 12]))];
      const columns = b.concat([p, q], 3);
      const flat = b.reshape(dense(b, x, weight([8, 2])), ["n", 60]);
      return b.concat([b.reshape(columns, ["n", 480]), flat], 1);
    });
    expect(targets(kernels)).toEqual(["whole", "whole", "whole"]);
  });

  test("has its border written apart", () => {
    const kernels = kernelsOf((b, x, weight) =>
      b.pad(dense(b, x, weight([8, 3])), [{ axis: 1, before: 1, after: 2 }]),
    );
    expect(targets(kernels)).toEqual(["whole", "whole"]);
    expect(kernels[1].reads).toEqual([]);
  });

  test("is copied within the whole where it is wanted twice", () => {
    const kernels = kernelsOf((b, x, weight) => {
      const part = dense(b, x, weight([8, 4]));
      return b.concat([part, part], 3);
    });
    expect(targets(kernels)).toEqual(["whole", "whole"]);
    expect(kernels[1].reads).toEqual(kernels[1].writes);
  });
});

describe("the memory plan", () => {
  test("never gives one place to two buffers that are alive together", () => {
    fc.assert(
      fc.property(
        anyShape,
        anySteps,
        fc.constantFrom(1, 5),
        fc.constantFrom(SCALAR_TARGET, wasmTarget()),
        (shape, steps, batch, target) => {
          const { plan, inputs, results } = compile(network(shape, steps).graph, batch, target, heap());
          const ends = { inputs: inputs.values(), results: results.values() };
          const lives = lifetimes(plan.entries.get("run")!, batch, ends).filter((life) =>
            plan.offsets.has(life.buffer),
          );
          for (const [i, a] of lives.entries())
            for (const b of lives.slice(i + 1)) {
              const [x, y] = [plan.offsets.get(a.buffer)!, plan.offsets.get(b.buffer)!];
              const apart = x + a.size <= y || y + b.size <= x;
              const handedOver = x === y && (a.to === b.from || b.to === a.from);
              const together = a.from <= b.to && b.from <= a.to;
              expect(apart || handedOver || !together, `${a.buffer.name} and ${b.buffer.name}`).toBe(true);
            }
        },
      ),
      { numRuns: 200, seed: 11 },
    );
  });

  /** What the arena holds against the most that is alive at once. */
  function waste(graph: Graph, batch: number, target = wasmTarget()): number {
    const { plan, inputs, results } = compile(graph, batch, target, heap());
    const kernels = plan.entries.get("run")!;
    const lives = lifetimes(kernels, batch, { inputs: inputs.values(), results: results.values() });
    const live = kernels.map((_, k) =>
      lives.filter((l) => l.from <= k && k <= l.to).reduce((sum, l) => sum + l.size, 0),
    );
    const offsets = lives.map((l) => plan.offsets.get(l.buffer)!);
    const ends = lives.map((l, i) => offsets[i] + l.size);
    return (Math.max(...ends) - Math.min(...offsets)) / Math.max(...live);
  }

  test("stays within a tenth of the largest set of buffers alive together", () => {
    fc.assert(
      fc.property(
        anyShape,
        anySteps,
        fc.constantFrom(1, 8),
        fc.boolean(),
        (shape, steps, batch, training) => {
          expect(waste(network(shape, steps, training).graph, batch)).toBeLessThanOrEqual(1.1);
        },
      ),
      { numRuns: 300, seed: 12 },
    );
  });

  // Keras's own application is not Python that is read here
  const [nets] = readFileSync("bench/nets.py", "utf8").split("NETS =");
  const names = [...nets.matchAll(/^def (\w+)\(\):/gm)].map(([, name]) => name);
  test.each(names.filter((name) => name !== "mobilenetv2"))("does so for %s, training too", async (name) => {
    const model = await loadModel(`${nets}\nmodel = ${name}()\n`, { seed: 0 });
    model.compile({ optimizer: "adam", loss: "mean_squared_error" });
    const { core } = model;
    for (const training of [false, true]) {
      const { x, y } = invent(core, 8, undefined, training);
      const arrays = trainingArrays(core, x, y, undefined);
      const bound = bind(core, arrays.inputs);
      const { graph } = training ? programFor(core, bound, "train", arrays) : bound.predict;
      expect(waste(graph, 8)).toBeLessThanOrEqual(1.1);
    }
  });
});
