import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

const source = (library: string): string => `
from ${library} import Sequential, Input
from ${library} import layers as L
model = Sequential([Input((3, 4)), L.TimeDistributed(L.BatchNormalization(), name="steps"), L.TimeDistributed(L.Dense(2))])
`;
test.each([
  ["keras", "3", []],
  ["keras", "2", [/^Keras 2 trains a BatchNormalization in a TimeDistributed on all steps at once/]],
  ["tf_keras", "2", []],
  ["tf_keras", "3", [/^Keras 3 trains a BatchNormalization in a TimeDistributed step by step/]],
] as const)(
  "a model of %s written for Keras %s says what is trained otherwise",
  async (library, keras, said) => {
    const model = await loadModel(source(library), { seed: 1 });
    const before = model.notes.length;
    await model.toBytes("keras", { keras });
    const notes = model.notes.slice(before);
    expect(notes).toHaveLength(said.length);
    said.forEach((message, k) => {
      expect(notes[k].message).toMatch(message);
      expect(notes[k].at).toEqual({ path: "steps" });
    });
  },
);

/** A frozen MultiHeadAttention, saved by each. */
const FROZEN = {
  keras: "fixtures/parts/frozen-attention.keras",
  tf_keras: "fixtures/frozen-parts/attention.keras",
};
test.each([
  ["keras", "3", []],
  ["keras", "2", [/^Keras 2 does not train what is inside of this frozen layer/]],
  ["tf_keras", "2", []],
  ["tf_keras", "3", [/^Keras 3 trains what is inside of this frozen layer/]],
] as const)("a model of %s written for Keras %s says what its flags freeze", async (library, keras, said) => {
  const model = await loadModel(FROZEN[library]);
  const before = model.notes.length;
  await model.toBytes("keras", { keras });
  const notes = model.notes.slice(before).filter(({ message }) => message.includes("frozen layer"));
  expect(notes).toHaveLength(said.length);
  said.forEach((message, k) => {
    expect(notes[k].message).toMatch(message);
  });
});
