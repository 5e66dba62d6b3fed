import { gzipSync } from "node:zlib";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { layers, Sequential, toSpec } from "../src/builders.ts";
import { build } from "../src/ir/build.ts";
import { createModel, type Model } from "../src/runtime/model.ts";
import { wasmSession } from "../src/runtime/wasm-session.ts";
import { filesOf, loadBundle, noise, TARGETS, textOf } from "./bundle-models.ts";

/** The lecture's network in its full size. */
function lecture(): Model {
  const stack = [
    layers.Flatten({ input_shape: [28, 28] }),
    layers.Dense({ units: 300, activation: "relu" }),
    layers.Dense({ units: 100, activation: "relu" }),
    layers.Dense({ units: 10, activation: "softmax" }),
  ];
  const ir = build(toSpec(Sequential(stack, { name: "lecture" })).spec, { seed: 42 });
  const model = createModel({ ir, session: wasmSession({ fma: false }), seed: 42 });
  model.compile({ optimizer: "sgd", loss: "sparse_categorical_crossentropy" });
  return model;
}
const gzipped = (bytes: Uint8Array): number => gzipSync(bytes).length;

describe("size of the lecture's network, gzip, without its weights", () => {
  test.each([
    ["wasm", false, 12_000],
    ["wasm", true, 20_000],
    ["js", false, 20_000],
    ["js", true, 20_000],
    ["ts", false, 20_000],
    ["ts", true, 20_000],
  ] as const)("%s (training: %s) is at most %s bytes", (target, training, limit) => {
    const files = filesOf(lecture(), { target, training, weights: "file" });
    expect(gzipped(files.get(target === "ts" ? "m.ts" : "m.js")!)).toBeLessThanOrEqual(limit);
    expect(files.get("m.weights.bin")!.length).toBeLessThan(4 * 266_610 + 4096);
  });

  test("weights inside the module cost base64 and no more", () => {
    const [inside, beside] = (["inline", "file"] as const).map(
      (weights) => textOf(filesOf(lecture(), { weights }), "m.js").length,
    );
    expect(inside - beside).toBeLessThan((4 / 3) * 4 * 266_610 + 1000);
  });
});

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const CALLS = 3000;

/** Bytes by which memory grows over many calls, after as many to warm up. */
function growth(act: () => void): number {
  const used = (): number => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  for (let i = 0; i < CALLS; i++) act();
  const before = used();
  for (let i = 0; i < CALLS; i++) act();
  return used() - before;
}

describe("many calls of predict do not grow memory", () => {
  const x = noise(3 * 784);
  const model = (): Model => {
    const stack = [
      layers.Dense({ units: 20, activation: "relu", input_shape: [784] }),
      layers.Dense({ units: 10 }),
    ];
    const { spec } = toSpec(Sequential(stack));
    return createModel({ ir: build(spec, { seed: 1 }), session: wasmSession({ fma: false }), seed: 1 });
  };

  test.each(TARGETS)("of a bundle as %s", async (target) => {
    const bundle = await loadBundle(model(), { target });
    expect(growth(() => void bundle.predict(x))).toBeLessThan(CALLS * 20);
  });
  test.each([{ shape: [3, 784], dtype: "float32", data: x }, [[x.subarray(0, 784)]]])(
    "of the library",
    (data) => {
      const runs = model();
      const given = Array.isArray(data)
        ? { shape: [1, 784], dtype: "float32", data: x.subarray(0, 784) }
        : data;
      expect(growth(() => void runs.predict(given))).toBeLessThan(CALLS * 20);
    },
  );
});
