import { describe, expect, test } from "vitest";
import { simdPeak } from "../src/bench-peak.ts";
import { workOf } from "../src/bench-work.ts";
import { fuse } from "../src/codegen/fuse/index.ts";
import { generate } from "../src/codegen/generate.ts";
import type { Kernel } from "../src/codegen/kernels.ts";
import { wasmTarget } from "../src/compile.ts";
import { Builder } from "../src/ir/builder.ts";
import type { Node } from "../src/ir/graph.ts";
import { simplify } from "../src/ir/simplify.ts";
import { programOf } from "../src/ir/program.ts";
import { run } from "./cli-run.ts";

const MODEL = "fixtures/models/lecture-mlp/model.keras";
const QUICK = ["--seconds", "0.02"];

interface Figures {
  readonly ms: number;
  readonly flops: number;
  readonly bytes: number;
  readonly gflops: number | null;
  readonly of_peak: number | null;
}
interface Measured {
  readonly batch: number;
  readonly training: boolean;
  readonly peak_gflops: number;
  readonly run_ms: number;
  readonly call_ms: number;
  readonly total: Figures;
  readonly layers: readonly (Figures & {
    readonly layer: string;
    readonly part: string;
    readonly kernels: readonly (Figures & { readonly name: string })[];
  })[];
}

async function measured(...args: readonly string[]): Promise<Measured> {
  const { code, out, err } = await run(["bench", ...args, ...QUICK, "--json", "--verbose", "0"]);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as Measured;
}

describe("bench", () => {
  test("has every layer of a prediction with its products and its bytes", async () => {
    const { batch, training, layers, total, ...times } = await measured(MODEL);
    expect({ batch, training }).toEqual({ batch: 1, training: false });
    expect(layers.map(({ layer, part }) => [layer, part])).toEqual([
      ["dense", "forward"],
      ["dense_1", "forward"],
      ["dense_2", "forward"],
    ]);
    const [first] = layers;
    expect(first.flops).toBeGreaterThanOrEqual(2 * 784 * 300);
    expect(first.flops).toBeLessThan(2 * 784 * 304 + 1);
    expect(first.bytes).toBeGreaterThanOrEqual(4 * (784 + 784 * 300 + 300 + 300));
    expect(first.gflops).toBeCloseTo(first.flops / first.ms / 1e6, 6);
    expect(first.of_peak).toBeCloseTo(first.gflops! / times.peak_gflops, 6);
    for (const ms of [times.run_ms, times.call_ms, times.peak_gflops]) expect(ms).toBeGreaterThan(0);
    const sum = (of: (row: Figures) => number): number => layers.reduce((s, row) => s + of(row), 0);
    expect(total.ms).toBeCloseTo(
      sum((row) => row.ms),
      9,
    );
    expect(total.flops).toBe(sum((row) => row.flops));
    expect(total.bytes).toBe(sum((row) => row.bytes));
  });

  test("measures a step of training with its losses and updates", async () => {
    const { batch, layers } = await measured(MODEL, "--training");
    const parts = new Set(layers.map(({ part }) => part));
    expect([batch, [...parts].sort()]).toEqual([32, ["backward", "forward", "loss", "metric", "update"]]);
    const flops = (wanted: string): number =>
      layers.filter(({ part }) => part === wanted).reduce((s, row) => s + row.flops, 0);
    // no gradient of the input: 2 · 32 · 784 · 300 less than twice the forward pass
    const [forward, input] = [2 * 32 * (784 * 300 + 300 * 100 + 100 * 10), 2 * 32 * 784 * 300];
    expect(flops("forward") / forward).toBeCloseTo(1, 1);
    expect(flops("backward") / (2 * forward - input)).toBeCloseTo(1, 1);
  });

  test("work grows with the batch", async () => {
    const [one, many] = [await measured(MODEL), await measured(MODEL, "--batch", "8")];
    expect(many.batch).toBe(8);
    expect(many.layers[0].flops / one.layers[0].flops).toBeCloseTo(8, 0);
  });

  test("prints a table: the peak, a line a layer, the total, the whole call", async () => {
    const { code, out } = await run(["bench", MODEL, ...QUICK]);
    expect(code).toBe(0);
    const lines = out.split("\n");
    expect(lines[0]).toMatch(/^This machine's SIMD peak, one thread, .+: [\d.]+ GFLOP\/s$/);
    expect(lines[2].split(/ {2,}/)).toEqual(["layer", "part", "ms", "share", "GFLOP/s", "of peak", "moved"]);
    expect(lines.find((line) => line.startsWith("dense "))).toMatch(/forward .+ % .+ % .+ kB$/);
    expect(out).toMatch(/\ntotal .+ 100 % /);
    expect(out).toMatch(/\nmodel\.predict of 1 row: [\d.]+ ms$/);
  });

  test("a model that reads row numbers gets row numbers, one without weights is drawn", async () => {
    const snippet = `
from keras import Sequential, layers, Input
model = Sequential([Input((5,)), layers.Embedding(7, 4), layers.Flatten(), layers.Dense(2)])
`;
    const { code, out, err } = await run(["bench", "-", ...QUICK, "--json", "--verbose", "0"], snippet);
    expect([code, err]).toEqual([0, "The model has no weights: they are drawn with seed 0."]);
    expect((JSON.parse(out) as Measured).layers.map(({ layer }) => layer)).toContain("embedding");
  });

  test("says what is missing, and who is at fault", async () => {
    const open = `
from keras import Sequential, layers, Input
model = Sequential([Input((None, 4)), layers.Dense(2)])
`;
    const unknown = await run(["bench", "-", ...QUICK], open);
    expect([unknown.code, unknown.out]).toEqual([1, ""]);
    expect(unknown.err).toContain("--input-shape");
    const given = await run(["bench", "-", ...QUICK, "--json", "--input-shape", "3,4"], open);
    expect(given.code).toBe(0);
    const untrained = await run(["bench", "-", "--training", ...QUICK, "--input-shape", "3,4"], open);
    expect([untrained.code, untrained.err]).toEqual([1, expect.stringContaining("--optimizer")]);
    expect((await run(["bench", MODEL, "--batch", "0"])).code).toBe(2);
    expect((await run(["bench", MODEL, "--seconds", "soon"])).code).toBe(2);
  });

  test("help has examples", async () => {
    const { code, out } = await run(["bench", "--help"]);
    expect(code).toBe(0);
    expect(out).toContain("keraunos bench model.keras");
  });
});

describe("the work of a kernel", () => {
  /** The kernels of one product, a (n, rows, inner) times b (inner, columns). */
  function product(rows: number, inner: number, columns: number): readonly Kernel[] {
    const b = new Builder(false);
    b.from = { layer: "product", part: "forward" };
    const x = b.input("x", ["n", rows, inner]) as unknown as Node;
    const w = b.variable({ name: "w", shape: [inner, columns], kind: "weight" });
    const graph = simplify(programOf(b, new Map([["y", b.einsum(x, w, { a: "nik", b: "kj", out: "nij" })]])));
    return generate(graph, fuse(graph), wasmTarget()).kernels;
  }

  test.each([
    [1, 1, 4],
    [3, 5, 8],
    [7, 31, 16],
    [4, 64, 32],
  ])("%i × %i × %i is counted exactly where vectors are full", (rows, inner, columns) => {
    const flops = product(rows, inner, columns).reduce((sum, kernel) => sum + workOf(kernel, 2).flops, 0);
    expect(flops).toBe(2 * 2 * rows * inner * columns);
  });
});

test("the peak is a speed", () => {
  const peak = simdPeak(false, 0.05);
  expect(peak).toBeGreaterThan(0.1);
  expect(peak).toBeLessThan(1000);
});
