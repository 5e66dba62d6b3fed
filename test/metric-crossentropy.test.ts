import { expect, test } from "vitest";
import { loadModel, ModelError } from "../src/node/index.ts";

const SNIPPET = `
import keras
a = keras.Input((2,), name="a")
b = keras.Input((2,), name="b")
model = keras.Model([a, b], keras.layers.Dense(1)(keras.layers.Add()([a, b])))
model.compile(loss="mse", metrics=[keras.metrics.BinaryCrossentropy("bce", from_logits=True)])
`;

// Keras 3.15.1 refuses this metric with an axis, which its loss has
test("the metric is written without an axis", async () => {
  const model = await loadModel(SNIPPET);
  const text = new TextDecoder().decode(await model.toBytes("json"));
  expect(text).toMatch(/"BinaryCrossentropy", "config": \{[^}]*"name": "bce"/);
  expect(text).not.toMatch(/"BinaryCrossentropy", "config": \{[^}]*axis/);
});

test("the metric's value is the mean over the last axis", async () => {
  const model = await loadModel(SNIPPET);
  model.setWeights([
    { shape: [2, 1], dtype: "float32", data: Float32Array.of(1, -1) },
    { shape: [1], dtype: "float32", data: Float32Array.of(0) },
  ]);
  const x = [[1, 0]];
  const [, bce] = model.evaluate([x, x], [[1]], { verbose: 0 }) as unknown as number[];
  expect(bce).toBeCloseTo(Math.log(1 + Math.exp(-2)), 6);
});

test("an input without data is named", async () => {
  const model = await loadModel(SNIPPET);
  expect(() => model.predict({ a: undefined, b: undefined } as never)).toThrow(ModelError);
  expect(() => model.predict({ a: undefined, b: undefined } as never)).toThrow(/no data for a, b/);
});
