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
