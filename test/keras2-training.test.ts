import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

interface Taught {
  readonly config: object;
  readonly optimizer: string | object;
  readonly x: number[][];
  /** Weights in the order of Keras 3. */
  readonly before: readonly (readonly number[])[];
  readonly losses: readonly number[];
  readonly after: readonly (readonly number[])[];
}
const cases = JSON.parse(readFileSync("fixtures/keras2/training.json", "utf8")) as Record<string, Taught>;

test.each(Object.entries(cases))("three steps of tf.keras: %s", async (_name, taught) => {
  const model = await loadModel(JSON.stringify(taught.config));
  model.setWeights(
    model.weights.map(({ shape }, k) => ({
      ...{ shape: [...shape], dtype: "float32" as const },
      data: Float32Array.from(taught.before[k]),
    })),
  );
  model.compile({ optimizer: taught.optimizer as string, loss: "mean_squared_error" });
  const y = taught.x.map((_, k) => [k]);
  taught.losses.forEach((loss) => {
    expect(Number(model.trainOnBatch(taught.x, y)) / loss).toBeCloseTo(1, 5);
  });
  model.weights.forEach(({ data }, k) => {
    const apart = taught.after[k].map((v, i) => Math.abs(v - Number(data[i])));
    expect(Math.max(...apart)).toBeLessThan(2e-6);
  });
});

test("a snippet of tf_keras trains as tf.keras", async () => {
  const { x, before, after } = cases.images;
  const model = await loadModel(`import tf_keras
m = tf_keras.Sequential([tf_keras.Input((2, 2, 2)), tf_keras.layers.BatchNormalization(), tf_keras.layers.Flatten(), tf_keras.layers.Dense(1)])
m.compile("sgd", "mse")
`);
  model.setWeights(
    model.weights.map(({ shape }, k) => ({
      ...{ shape: [...shape], dtype: "float32" as const },
      data: Float32Array.from(before[k]),
    })),
  );
  for (let k = 0; k < 3; k++) model.trainOnBatch(x, [[0], [1], [2]]);
  const variance = model.weights[3].data;
  after[3].forEach((v, i) => expect(Number(variance[i])).toBeCloseTo(v, 5));
});
