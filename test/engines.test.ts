import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Builder } from "../src/ir/builder.ts";
import type { Node, Variable } from "../src/ir/graph.ts";
import { programOf } from "../src/ir/program.ts";
import { verify } from "../src/ir/verify.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import type { Session } from "../src/runtime/session.ts";
import { wasmSession } from "../src/runtime/wasm-session.ts";
import { anyShape, anySteps, network, type Net } from "./random-network.ts";
import { scriptSession } from "./script-session.ts";

function outcome(session: Session, net: Net, n: number): Map<string, Float32Array> {
  let seed = 12345;
  const next = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647 - 0.5;
  for (const variable of net.variables) session.view(variable).forEach((_, i, all) => void (all[i] = next()));
  session.touch();
  const run = session.prepare(net.graph, Math.max(n, 4));
  for (let step = 0; step < 2; step++) {
    for (const { name, size } of net.inputs) {
      const data = run.input(name);
      for (let i = 0; i < n * size; i++) data[i] = next();
    }
    run.run(n);
  }
  const found = [...net.graph.results.keys()].map((name) => [name, run.result(name).slice()] as const);
  return new Map([...found, ...net.variables.map((v) => [v.name, session.view(v).slice()] as const)]);
}

function expectEqual(
  actual: Map<string, Float32Array>,
  wanted: Map<string, Float32Array>,
  engine: string,
): void {
  for (const [name, want] of wanted) {
    const got = actual.get(name)!;
    expect(got.length, `${engine} ${name}`).toBe(want.length);
    const scale = Math.max(1, ...want.map(Math.abs));
    const worst = want.reduce(
      (w, v, i) =>
        Math.max(w, Number.isNaN(v) ? (Number.isNaN(got[i]) ? 0 : Infinity) : Math.abs(v - got[i]) / scale),
      0,
    );
    expect(worst, `${engine} ${name}: ${got.slice(0, 4)} against ${want.slice(0, 4)}`).toBeLessThan(2e-5);
  }
}

/** A product of numbers known beforehand, then one of weights: all of it is prepared ahead. */
function numbersBeforeWeights(): Net {
  const b = new Builder(false);
  const variables = [weight("first", [14, 3]), weight("second", [3, 4])];
  const [first, second] = variables.map((v) => b.variable(v));
  const numbers = b.expand(b.reshape(b.const(0.5), [1, 1]), [1, 14]);
  const made = b.matmul(b.matmul(numbers, first), second);
  const y = b.add(b.input("x", ["n", 4]) as unknown as Node, made);
  const graph = programOf(b, new Map([["y", y]]));
  return { graph, variables, inputs: [{ name: "x", size: 4 }] };
}
const weight = (name: string, shape: readonly number[]): Variable => ({ name, shape, kind: "weight" });

describe("interpreter = TypeScript = WebAssembly", () => {
  test("on random networks with gradients and updates", () => {
    fc.assert(
      fc.property(anyShape, anySteps, fc.constantFrom(1, 3, 4, 33), (shape, steps, n) => {
        const net = network(shape, steps);
        verify(net.graph);
        const wanted = outcome(interpretSession(), net, n);
        expectEqual(outcome(scriptSession(), net, n), wanted, "script");
        expectEqual(outcome(wasmSession(), net, n), wanted, "wasm");
      }),
      { numRuns: Number(process.env.RUNS ?? 150), seed: Number(process.env.SEED ?? 7) },
    );
  }, 120_000);

  test("on random networks that only predict, their weights prepared ahead", () => {
    fc.assert(
      fc.property(anyShape, anySteps, fc.constantFrom(1, 3, 33), (shape, steps, n) => {
        const net = network(shape, steps, false);
        const wanted = outcome(interpretSession(), net, n);
        expectEqual(outcome(scriptSession(), net, n), wanted, "script");
        expectEqual(outcome(wasmSession(), net, n), wanted, "wasm");
      }),
      { numRuns: Number(process.env.RUNS ?? 150), seed: Number(process.env.SEED ?? 7) },
    );
  }, 120_000);

  test("where numbers that are read from memory are prepared with the weights", () => {
    const net = numbersBeforeWeights();
    const wanted = outcome(interpretSession(), net, 3);
    expectEqual(outcome(scriptSession(), net, 3), wanted, "script");
    expectEqual(outcome(wasmSession(), net, 3), wanted, "wasm");
  });
});
