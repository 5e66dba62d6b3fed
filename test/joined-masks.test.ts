import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

const snippet = (library: string, merged: string, inputs: string): string => `
import ${library} as keras
from ${library} import layers
a = keras.Input((6,))
b = keras.Input((6,))
x = layers.Embedding(9, 4, mask_zero=True)(a)
y = layers.Embedding(9, 4, mask_zero=True)(b)
model = keras.Model(${inputs}, layers.LSTM(3)(layers.Add()(${merged})))
`;
const written = async (source: string, keras: 2 | 3): Promise<string> => {
  const model = await loadModel(source, { seed: 1 });
  return model.toBytes("keras", { keras }).then(
    (bytes) => `${bytes.length > 0}`,
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  );
};

test.each([
  ["tf_keras", 3, /^not-in-keras-3: .*by OR, the Keras of this model by AND/],
  ["tf_keras", 2, /^true$/],
  ["keras", 2, /^not-in-keras-2: .*by AND, the Keras of this model by OR/],
  ["keras", 3, /^true$/],
] as const)("two masks of %s that one layer joins, written for Keras %s", async (library, keras, said) => {
  expect(await written(snippet(library, "[x, y]", "[a, b]"), keras)).toMatch(said);
});

test.each([2, 3] as const)("one mask that comes twice is the same for Keras %s", async (keras) => {
  expect(await written(snippet("tf_keras", "[x, layers.Dense(4)(x)]", "a"), keras)).toBe("true");
});
