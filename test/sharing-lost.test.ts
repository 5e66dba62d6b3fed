import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

const source = `
import keras
from keras import layers as L
d = L.Dense(4, name="both")
a = keras.Input((4,))
inner = keras.Model(a, L.Dense(4)(d(a)), name="inner")
b = keras.Input((4,))
model = keras.Model(b, L.Dense(2)(inner(d(b))))
`;
test.each([
  ["h5", "3", source, ["both"]],
  ["h5", "2", source, ["both"]],
  ["keras", "3", source, []],
  ["h5", "3", source.replace("inner(d(b))", "inner(b)"), []],
] as const)("a layer of two models in .%s for Keras %s", async (format, keras, text, lost) => {
  const model = await loadModel(text, { seed: 1 });
  const before = model.notes.length;
  await model.toBytes(format, { keras });
  expect(model.notes.slice(before).map(({ at }) => at?.path)).toEqual(lost);
});
