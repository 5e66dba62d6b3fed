import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differentiate } from "../src/ir/autodiff.ts";
import { Builder } from "../src/ir/builder.ts";
import type { Graph, Node, Variable } from "../src/ir/graph.ts";
import { programOf } from "../src/ir/program.ts";
import { verify } from "../src/ir/verify.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import type { Session } from "../src/runtime/session.ts";
import { wasmSession } from "../src/runtime/wasm-session.ts";
import { scriptSession } from "./script-session.ts";

/** A step of a random network: picks its parameters from numbers in [0, 1). */
type Step = (b: Builder, x: Node, r: readonly number[], weight: (shape: number[]) => Node) => Node;

const pick = <T>(from: readonly T[], r: number): T => from[Math.floor(r * from.length)];
const inner = (x: Node): number[] => x.shape.map((_, k) => k).filter((k) => k > 0);

const STEPS: Readonly<Record<string, Step>> = {
  dense(b, x, [r], weight) {
    const units = 1 + Math.floor(r * 21);
    return b.add(b.matmul(x, weight([x.shape.at(-1) as number, units])), weight([units]));
  },
  unary(b, x, [r]) {
    const relu = (y: Node): Node => b.max(0, y);
    const gelu = (y: Node): Node => b.mul(b.mul(0.5, y), b.add(1, b.erf(b.mul(y, Math.SQRT1_2))));
    const root = (y: Node): Node => b.sqrt(b.add(b.square(y), 0.5));
    return pick(
      [relu, gelu, root, (y: Node) => b.tanh(y), (y: Node) => b.sigmoid(y), (y: Node) => b.softplus(y)],
      r,
    )(x);
  },
  softmax: (b, x, [r]) => b.softmax(x, [pick(inner(x), r)]),
  normalise(b, x, [r]) {
    const axes = r < 0.5 ? [0] : [x.shape.length - 1];
    const centred = b.sub(x, b.mean(x, axes));
    return b.div(centred, b.sqrt(b.add(b.mean(b.square(centred), axes), 0.1)));
  },
  fold: (b, x, [r, s]) => (s < 0.5 ? b.max_of(x, [pick(inner(x), r)]) : b.sum(x, [pick(inner(x), r)])),
  scale: (b, x, [r], weight) => b.mul(x, weight([r < 0.5 ? 1 : (x.shape.at(-1) as number)])),
  merge: (b, x, [r]) => b.concat([x, b.mul(x, x)], pick(inner(x), r)),
  cut(b, x, [r, s]) {
    const axis = pick(inner(x), r);
    const size = x.shape[axis] as number;
    const start = Math.floor(s * size);
    return b.slice(x, axis, start, Math.min(size, start + 1 + Math.floor(r * size)));
  },
  turn(b, x) {
    const rank = x.shape.length;
    return b.permute(x, rank < 3 ? [0, 1] : [0, ...inner(x).reverse()]);
  },
  flatten: (b, x) => b.reshape(x, ["n", inner(x).reduce((p, k) => p * (x.shape[k] as number), 1)]),
  select: (b, x) => b.where(b.greater(x, 0.1), b.mul(x, 2), b.neg(x)),
};

interface Net {
  readonly graph: Graph;
  readonly variables: readonly Variable[];
  readonly inputs: readonly { readonly name: string; readonly size: number }[];
}

/** A random network with the gradients of Σ y · w and one gradient step. */
function network(shape: readonly number[], steps: readonly (readonly [string, readonly number[]])[]): Net {
  const b = new Builder(true);
  const variables: Variable[] = [];
  const weight = (s: number[]): Node => {
    const variable: Variable = { name: `w${variables.length}`, shape: s, kind: "weight" };
    variables.push(variable);
    return b.variable(variable);
  };
  let x: Node = b.input("x", ["n", ...shape]) as unknown as Node;
  steps.forEach(([name, numbers], i) => {
    b.from = { layer: `${name}_${i}`, part: "forward" };
    const next = STEPS[name](b, x, numbers, weight);
    const size = next.shape.slice(1).reduce<number>((p, d) => p * (d as number), 1);
    if (size > 0 && size < 400) x = b.label(next, `${name}_${i}`);
  });
  const w = b.input("w", x.shape) as unknown as Node;
  b.from = { layer: "loss", part: "loss" };
  const loss = b.mean(
    b.mul(x, w),
    x.shape.map((_, k) => k),
  );
  const held = b.nodes.filter((node) => node.op === "variable");
  const gradients = differentiate(b, loss, held);
  const results = new Map([
    ["loss", loss],
    ["y", x],
  ]);
  held.forEach((node, i) => {
    const g = gradients[i];
    if (!g) return;
    b.from = { layer: `update_${i}`, part: "update" };
    if (i % 2 === 0) results.set(`g${i}`, g);
    b.assign(node, b.sub(node, b.mul(0.1, g)));
  });
  const size = (node: Node): number => node.shape.slice(1).reduce<number>((p, d) => p * (d as number), 1);
  const inputs = [
    { name: "x", size: shape.reduce((p, d) => p * d, 1) },
    { name: "w", size: size(w) },
  ];
  return { graph: programOf(b, results), variables, inputs };
}

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

const anyShape = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 19 })),
  fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 9 })),
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 6 })),
);
const unit = fc.double({ min: 0, max: 0.999, noNaN: true });
const anySteps = fc.array(fc.tuple(fc.constantFrom(...Object.keys(STEPS)), fc.tuple(unit, unit)), {
  minLength: 1,
  maxLength: 7,
});

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
});
