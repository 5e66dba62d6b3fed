import { describe, expect, test } from "vitest";
import { differentiate } from "../src/ir/autodiff.ts";
import { Builder } from "../src/ir/builder.ts";
import type { Graph, Node, Variable } from "../src/ir/graph.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import type { Session } from "../src/runtime/session.ts";
import { wasmSession } from "../src/runtime/wasm-session.ts";
import { graphOf } from "./graphs.ts";
import { scriptSession } from "./script-session.ts";

interface Net {
  readonly graph: Graph;
  readonly variables: readonly Variable[];
}

/** max(0, x · w) · v over sequences, and the gradients of its squares; a step of descent on both weights. */
function mixer(steps: number, depth: number, wide: number): Net {
  const b = new Builder(true);
  const variables = [
    { name: "w", shape: [depth, wide], kind: "weight" },
    { name: "v", shape: [wide, depth], kind: "weight" },
  ] as const;
  const [w, v] = variables.map((variable) => b.variable(variable));
  const x = b.input("x", ["n", steps, depth]) as unknown as Node;
  const product = (a: Node, k: Node): Node => b.einsum(a, k, { a: "ntk", b: "kj", out: "ntj" });
  const y = product(b.max(0, product(x, w)), v);
  const [dx, dw, dv] = differentiate(b, b.mul(b.sum(b.square(y), [0, 1, 2]), 0.5), [x, w, v]);
  b.assign(variables[0], b.sub(w, b.mul(dw!, 0.01)));
  b.assign(variables[1], b.sub(v, b.mul(dv!, 0.01)));
  return { graph: { ...graphOf(b, { y, dx: dx! }), assigns: b.assigns }, variables };
}

function outcome(session: Session, { graph, variables }: Net, n: number): Map<string, Float32Array> {
  let seed = 11;
  const next = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647 - 0.5;
  for (const variable of variables) {
    const scale = 2 / Math.sqrt(variable.shape[0]);
    session.view(variable).forEach((_, i, all) => void (all[i] = scale * next()));
  }
  session.touch();
  const run = session.prepare(graph, n);
  const x = run.input("x");
  for (let i = 0; i < x.length; i++) x[i] = next();
  run.run(n);
  const results = ["y", "dx"].map((name) => [name, run.result(name).slice()] as const);
  return new Map([...results, ...variables.map((v) => [v.name, session.view(v).slice()] as const)]);
}

describe("products over sequences", () => {
  // rows a kilobyte apart and their neighbours; columns off the vectors, fewer rows than repay a copy
  test.each([
    [40, 64, 256],
    [33, 256, 20],
    [40, 20, 512],
    [64, 257, 31],
    [35, 130, 259],
    [7, 256, 256],
    [32, 5, 13],
  ])("of %i steps, %i values and %i hidden ones are those of the interpreter", (steps, depth, wide) => {
    const net = mixer(steps, depth, wide);
    for (const n of [1, 3]) {
      const wanted = outcome(interpretSession(), net, n);
      for (const session of [scriptSession(), wasmSession()])
        for (const [name, found] of outcome(session, net, n)) {
          const want = wanted.get(name)!;
          const scale = want.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
          const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - want[i])), 0);
          expect(found.length).toBe(want.length);
          expect(worst / scale, `${name} of ${n}`).toBeLessThan(5e-6);
        }
    }
  });
});
