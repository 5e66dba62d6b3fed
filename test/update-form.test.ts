import { describe, expect, test } from "vitest";
import { blocksOf } from "../src/codegen/generate.ts";
import type { Buffer } from "../src/codegen/kernels.ts";
import { compile, SCALAR_TARGET, type Heap, wasmTarget } from "../src/compile.ts";
import { differentiate } from "../src/ir/autodiff.ts";
import { Builder } from "../src/ir/builder.ts";
import type { Graph, Node, Variable } from "../src/ir/graph.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import type { Session } from "../src/runtime/session.ts";
import { graphOf } from "./graphs.ts";
import { scriptSession } from "./script-session.ts";

/** max(0, x · w) with the gradients of its squares: products with neither operand turned, with the first, with the second. */
function dense(depth: number, columns: number): { graph: Graph; w: Variable } {
  const b = new Builder(true);
  const w: Variable = { name: "w", shape: [depth, columns], kind: "weight" };
  const [x, kernel] = [b.input("x", ["n", depth]) as unknown as Node, b.variable(w)];
  const y = b.max(0, b.matmul(x, kernel));
  const [dx, dw] = differentiate(b, b.sum(b.square(y), [0, 1]), [x, kernel]);
  return { graph: graphOf(b, { y, dx: dx!, dw: dw! }), w };
}

function outcome(session: Session, { graph, w }: ReturnType<typeof dense>, n: number): Float32Array[] {
  let seed = 7;
  const next = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647 - 0.5;
  session.view(w).forEach((_, i, all) => void (all[i] = next()));
  session.touch();
  const run = session.prepare(graph, 20);
  const x = run.input("x");
  for (let i = 0; i < n * w.shape[0]; i++) x[i] = next();
  run.run(n);
  return ["y", "dx", "dw"].map((name) => run.result(name).slice());
}

function heap(): Heap {
  let top = 0;
  const keep = (size: number): number => (top += size) - size;
  return { keep, arena: keep, variable: (v) => keep(v.shape.reduce((a, b) => a * b, 1)) };
}
const planOf = (graph: Graph, target: ReturnType<typeof wasmTarget>) =>
  compile(graph, 20, target, heap()).plan;

describe("products whose sums lie in memory", () => {
  // rows of 8 with 4, 2 and 1 as columns grow; a depth below, at, and off the steps of a block
  const columns = [8, 13, 600, 1100, 2100, 4200];
  test.each(columns.flatMap((c) => [1, 3, 4, 9, 17].map((depth) => [depth, c])))(
    "are those of the interpreter: depth %i, %i columns",
    (depth, c) => {
      const net = dense(depth, c);
      for (const n of [1, 7, 8, 20]) {
        const wanted = outcome(interpretSession(), net, n);
        outcome(scriptSession(), net, n).forEach((found, k) => {
          const scale = wanted[k].reduce((most, v) => Math.max(most, Math.abs(v)), 1e-30);
          const worst = found.reduce((most, v, i) => Math.max(most, Math.abs(v - wanted[k][i])), 0);
          expect(found.length).toBe(wanted[k].length);
          expect(worst / scale).toBeLessThan(2e-6);
        });
      }
    },
  );

  test("take blocks of 8 × 4 elements, and 1 × 8 for the rows left", () => {
    const kernels = planOf(dense(20, 30).graph, SCALAR_TARGET).kernels;
    const sizes = kernels.map((kernel) => blocksOf(kernel).map(({ name }) => /\d+x\d+$/.exec(name)![0]));
    expect(sizes).toContainEqual(["8x4", "1x8", "1x4"]);
  });

  test("keep their sums outside the program's memory, and only where kernels compute scalars", () => {
    const scratch = (target: ReturnType<typeof wasmTarget>): Buffer[] => {
      const { kernels, offsets } = planOf(dense(20, 30).graph, target);
      expect([...offsets.keys()].every(({ kind }) => kind !== "scratch")).toBe(true);
      return kernels.flatMap(({ writes }) => writes.filter(({ kind }) => kind === "scratch"));
    };
    expect(scratch(SCALAR_TARGET).map(({ shape }) => shape)).toContainEqual([8 * 30]);
    expect(scratch(wasmTarget())).toEqual([]);
  });

  test("give narrow products to locals", () => {
    const { kernels } = planOf(dense(7, 5).graph, SCALAR_TARGET);
    expect(kernels.flatMap(blocksOf)).toEqual([]);
  });
});
