import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../src/ir/tensor.ts";
import { loadModel } from "../src/node/index.ts";

interface Case {
  readonly name: string;
  readonly snippet: string;
  readonly config: object;
  readonly weights: readonly (readonly number[])[];
  readonly shape: readonly number[];
  readonly output: readonly number[];
}
/** What Keras computes. */
const CASES = JSON.parse(readFileSync("fixtures/attention/array-arguments.json", "utf8")) as readonly Case[];
const x = {
  shape: [3, 5, 8],
  dtype: "float32" as const,
  data: Float32Array.from({ length: 120 }, (_, k) => Math.sin(k)),
};

type Loaded = Awaited<ReturnType<typeof loadModel>>;
function expectSame(model: Loaded, { weights, shape, output }: Case): void {
  model.setWeights(weights.map((one) => Float32Array.from(one)));
  const found = model.predict(x) as Tensor;
  expect(found.shape).toEqual(shape);
  expect(Math.max(...output.map((one, k) => Math.abs(one - Number(found.data[k]))))).toBeLessThan(1e-6);
}
const textOf = async (model: Loaded, format: "json" | "py"): Promise<string> =>
  new TextDecoder().decode((await model.toBytes(format)) as Uint8Array);

describe("arrays in the place of masks", () => {
  test.each(CASES)("$name from a file", async (one) =>
    expectSame(await loadModel(JSON.stringify(one.config)), one),
  );
  test.each(CASES)("$name from a snippet", async (one) => expectSame(await loadModel(one.snippet), one));
  test.each(CASES)("$name saved again", async (one) => {
    const model = await loadModel(one.snippet);
    expectSame(await loadModel(await textOf(model, "json")), one);
    expectSame(await loadModel(await textOf(model, "py")), one);
  });

  test.each([
    ["[[1, 0], [1]]", /3:\d+: The argument attention_mask of the call of .* does not fit/],
    ["np.ones((4, 5))", /mask/],
  ])("an attention_mask %s is refused", async (mask, message) => {
    const lines = [
      "import keras, numpy as np",
      "x = keras.Input((5, 8))",
      `m = keras.Model(x, keras.layers.MultiHeadAttention(2, 4)(x, x, attention_mask=${mask}))`,
    ];
    const run = async () => (await loadModel(lines.join("\n") + "\n")).predict(x);
    await expect(run()).rejects.toThrow(message);
  });
});
