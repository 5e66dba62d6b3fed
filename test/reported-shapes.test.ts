import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../src/ir/tensor.ts";
import { loadModel } from "../src/node/index.ts";

const model = (lines: string): ReturnType<typeof loadModel> =>
  loadModel(`import keras\nfrom keras import layers\nkeras.utils.set_random_seed(1)\n${lines}\n`);
const ones = (...shape: number[]) => ({
  shape,
  dtype: "float32" as const,
  data: new Float32Array(shape.reduce((a, b) => a * b)).fill(1),
});

/** Keras prints the shape that its rule says; what comes out is what is computed. */
test("an activation that halves an axis halves the output, whatever the summary says", async () => {
  const found = await model(
    'model = keras.Sequential([keras.Input((6,)), layers.Dense(4, activation="glu"), layers.Flatten()])',
  );
  expect(found.summary()).toContain("(None, 4)");
  expect(found.predict(ones(3, 6))).toMatchObject({ shape: [3, 2] });
});

test("a layer that Keras makes for such a shape is printed, but not run", async () => {
  const found = await model(
    'model = keras.Sequential([keras.Input((6,)), layers.Dense(4, activation="glu"), layers.Dense(3, name="last")])',
  );
  expect(found.countParams()).toBe(6 * 4 + 4 + 4 * 3 + 3);
  expect(() => found.predict(ones(3, 6))).toThrow(/Keras makes Dense "last" for a shape/);
});

test("scores of attention to another sequence are of that sequence", async () => {
  const found = await model(`q = keras.Input((5, 8))
v = keras.Input((7, 8))
model = keras.Model([q, v], layers.MultiHeadAttention(2, 4)(q, v, return_attention_scores=True)[1])`);
  expect(found.summary()).toContain("(None, 2, 5, 5)");
  expect(found.predict([ones(1, 5, 8), ones(1, 7, 8)])).toMatchObject({ shape: [1, 2, 5, 7] });
});

test("both halves of Bidirectional are said to be as the forward one", async () => {
  const found = await model(`x = keras.Input((3, 4, 2))
two = lambda mode: layers.Bidirectional(layers.GRU(1), backward_layer=layers.LSTM(3, go_backwards=True), merge_mode=mode)
model = keras.Model(x, [layers.TimeDistributed(two(mode))(x) for mode in ("concat", "mul")])`);
  expect(found.summary()).toContain("(None, 3, 2)");
  expect(found.summary()).toContain("(None, 3, 1)");
  expect(found.predict(ones(2, 3, 4, 2))).toMatchObject([{ shape: [2, 3, 4] }, { shape: [2, 3, 3] }]);
});

interface Case {
  readonly name: string;
  readonly snippet: string;
  /** Null where Keras refuses to build the model. */
  readonly summary: string | null;
  /** Null where Keras cannot run it. */
  readonly output: { readonly shape: readonly number[]; readonly data: readonly number[] } | null;
}
const CASES = JSON.parse(readFileSync("fixtures/reported-shapes.json", "utf8")) as readonly Case[];
const waves = (n: number) => ({
  shape: [2, n, 8],
  dtype: "float32" as const,
  data: Float32Array.from({ length: 2 * n * 8 }, (_, k) => Math.sin(k)),
});

describe("operations on such scores, as Keras has them", () => {
  test.each(CASES)("$name", async ({ snippet, summary, output }) => {
    if (summary === null) return expect(loadModel(snippet)).rejects.toThrow(/does not fit/);
    const found = await loadModel(snippet);
    expect(found.summary().trimEnd()).toBe(summary.trimEnd());
    const run = () => found.predict([waves(5), waves(7)]) as Tensor;
    if (output === null) return expect(run).toThrow(/for a shape that its input does not have/);
    const { shape, data } = run();
    expect(shape).toEqual(output.shape);
    expect(Math.max(...output.data.map((one, k) => Math.abs(one - Number(data[k]))))).toBeLessThan(1e-5);
  });
});
