import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differentiate } from "../src/ir/autodiff.ts";
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
/** Two attentions, the scores of the first raised by what the second gives: neither is part of the other. */
function scoresOnScores(training: boolean, entwined: boolean): Net {
  const b = new Builder(training);
  const w = weight("w", [8, 8]);
  const split = (y: Node): Node => b.reshape(y, ["n", 6, 2, 4]);
  const x = b.input("x", ["n", 6, 8]) as unknown as Node;
  const [p, q] = [split(b.matmul(x, b.variable(w))), split(b.tanh(x))];
  const scores = b.einsum(p, q, { a: "nqhd", b: "nkhd", out: "nhqk" });
  const other = b.softmax(b.einsum(split(x), p, { a: "nqhd", b: "nkhd", out: "nhqk" }), [3]);
  const z = b.input("z", ["n", 2, 6, 6]) as unknown as Node;
  const raise = b.mul(b.einsum(other, entwined ? scores : z, { a: "nhqj", b: "nhkj", out: "nhqk" }), 0.5);
  const shares = b.softmax(b.add(b.add(scores, raise), b.mul(z, 0.1)), [3]);
  const y = b.einsum(shares, split(x), { a: "nhqk", b: "nkhd", out: "nqhd" });
  const results = new Map([["y", y]]);
  if (training) {
    const [dw] = differentiate(b, b.sum(b.square(y), [0, 1, 2, 3]), [b.variable(w)]);
    b.assign(w, b.sub(b.variable(w), b.mul(dw!, 0.01)));
  }
  const inputs = [
    { name: "x", size: 48 },
    { name: "z", size: 72 },
  ];
  return { graph: programOf(b, results), variables: [w], inputs };
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

  test.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])("where attentions read one another's scores: training %s, entwined %s", (training, entwined) => {
    const net = scoresOnScores(training, entwined);
    for (const n of [1, 3]) {
      const wanted = outcome(interpretSession(), net, n);
      expectEqual(outcome(scriptSession(), net, n), wanted, "script");
      expectEqual(outcome(wasmSession(), net, n), wanted, "wasm");
    }
  });

  // the end of a product that also reads what was folded from its operand, outside
  test.each(["sum", "max_of"] as const)("where what follows attention reads the %s of its scores", (fold) => {
    const b = new Builder(false);
    const [x, z] = ["x", "z"].map((name) => b.input(name, ["n", 3, 4]) as unknown as Node);
    const scores = b.einsum(x, z, { a: "nqd", b: "nkd", out: "nqk" });
    const y = b.add(b.einsum(scores, z, { a: "nqk", b: "nkd", out: "nqd" }), b[fold](scores, [2]));
    const inputs = ["x", "z"].map((name) => ({ name, size: 12 }));
    const net = { graph: programOf(b, new Map([["y", y]])), variables: [], inputs };
    for (const n of [1, 3]) {
      const wanted = outcome(interpretSession(), net, n);
      expectEqual(outcome(scriptSession(), net, n), wanted, "script");
      expectEqual(outcome(wasmSession(), net, n), wanted, "wasm");
    }
  });

  test("where numbers that are read from memory are prepared with the weights", () => {
    const net = numbersBeforeWeights();
    const wanted = outcome(interpretSession(), net, 3);
    expectEqual(outcome(scriptSession(), net, 3), wanted, "script");
    expectEqual(outcome(wasmSession(), net, 3), wanted, "wasm");
  });
});
