import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

// Keras 3.15.1 gives these numbers: what nobody named draws its seed with the weight, after its layer's others.
test("None leaves an initializer to Keras, which makes it with the weight", async () => {
  const model = await loadModel(`
import keras
from keras import layers
keras.utils.set_random_seed(7)
i = keras.Input((3,))
x = layers.Dense(4, bias_initializer=None, kernel_initializer=None)(i)
x = layers.Dense(5, kernel_initializer=None)(x)
x = layers.Dense(2)(x)
model = keras.Model(i, x)
`);
  const first = model.getWeights().map(({ data }) => data[0]);
  const expected = [-0.3380742, 0.74214333, 0.7982526, 0, 0.6558573, 0];
  first.forEach((value, k) => expect(value).toBeCloseTo(expected[k], 6));
});

test("a type that is called int", async () => {
  const model = await loadModel(`
import keras
i = keras.Input(shape=(1,), dtype="int", name="token_ids")
model = keras.Model(i, keras.layers.Embedding(10, 4)(i))
`);
  expect(model.layers[0].config).toMatchObject({ dtype: "int64" });
});
