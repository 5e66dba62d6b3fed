import { mlp } from "./mlpgraph-tmp.ts";
import { wasmSession } from "../src/runtime/wasm-session.ts";
const { graph, ws } = mlp([784, 300, 100, 10]);
const s = wasmSession({ fma: process.argv[2] === "fma" });
for (const w of ws) { const v = s.view(w); for (let i = 0; i < v.length; i++) v[i] = (Math.random() - 0.5) * 0.1; }
const e = s.prepare(graph, 32);
const X = new Float32Array(32 * 784).map(() => Math.random());
const Y = new Float32Array(32).map((_, i) => i % 10);
const time = (f: () => void, per = 20, rounds = 80) => { const med: number[] = []; for (let r = 0; r < rounds; r++) { const t = performance.now(); for (let i = 0; i < per; i++) f(); med.push((performance.now() - t) / per); } med.sort((a, b) => a - b); return `min ${med[2].toFixed(4)} med ${med[rounds >> 1].toFixed(4)}`; };
const step = () => { e.input("x").set(X); e.input("y").set(Y); e.run(32); e.result("loss")[0]; };
time(step, 20, 40);
console.log("sgd step", time(step));
import { predictGraph } from "../src/ir/train.ts";
import { layers, Sequential, toSpec } from "../src/builders.ts";
import { build } from "../src/ir/build.ts";
const m = Sequential([layers.Flatten({ input_shape: [28, 28] } as any), layers.Dense({ units: 300, activation: "relu" }), layers.Dense({ units: 100, activation: "relu" }), layers.Dense({ units: 10, activation: "softmax" })]);
const ir = build(toSpec(m).spec, { seed: 42 });
const g = predictGraph(ir, [{ name: "input_layer", sizes: ["n", 28, 28] }], { kind: "one", names: ["dense_2"], shapes: [["n", 10]] });
for (const n of [1, 32, 256]) {
  const p = s.prepare(g, n);
  const x = new Float32Array(n * 784).map(() => Math.random());
  const run = () => { p.input("input_layer").set(x); p.run(n); p.result("output:dense_2").slice(); };
  const per = n === 1 ? 500 : n === 32 ? 30 : 5;
  time(run, per, 60);
  console.log("predict", n, time(run, per, 60), "GF", (532400 * n / 1e6).toFixed(1));
}
