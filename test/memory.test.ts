import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lifetimes } from "../src/codegen/memory.ts";
import { Builder } from "../src/ir/builder.ts";
import type { Node } from "../src/ir/graph.ts";
import { programOf } from "../src/ir/program.ts";
import { compile, SCALAR_TARGET, wasmTarget, type Heap } from "../src/compile.ts";
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

  test("stays near the largest set of buffers alive together", () => {
    fc.assert(
      fc.property(anyShape, anySteps, (shape, steps) => {
        const { plan, inputs, results } = compile(network(shape, steps).graph, 8, wasmTarget(), heap());
        const kernels = plan.entries.get("run")!;
        const lives = lifetimes(kernels, 8, { inputs: inputs.values(), results: results.values() });
        const live = kernels.map((_, k) =>
          lives.filter((l) => l.from <= k && k <= l.to).reduce((sum, l) => sum + l.size, 0),
        );
        const offsets = lives.map((l) => plan.offsets.get(l.buffer)!);
        const ends = lives.map((l, i) => offsets[i] + l.size);
        const span = Math.max(...ends) - Math.min(...offsets);
        expect(span).toBeLessThanOrEqual(1.35 * Math.max(...live) + 64);
      }),
      { numRuns: 100, seed: 12 },
    );
  });
});
