import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

const read = (file: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/carried-masks/${file}`, import.meta.url)));
const golden = JSON.parse(new TextDecoder().decode(read("golden.json"))) as Record<string, number[][]> & {
  x: number[][][];
};

interface Json {
  readonly config: { readonly layers: readonly { class_name: string; inbound_nodes: readonly unknown[] }[] };
}

const nodes = (json: Json, class_name: string): string =>
  JSON.stringify(
    json.config.layers.find((layer) => layer.class_name === class_name)?.inbound_nodes ?? "none",
  );

test.each([
  // left out: tf.keras from before 2.12 takes none there, and has it anyway
  ["normalized", "BatchNormalization", '[[["masking",0,0,{}]]]'],
  ["given", "BatchNormalization", '[[["input_layer",0,0,{"mask":["any",0,0]}]]]'],
  // not null, which is no mask to Keras 2
  ["nested", "LSTM", '[[["sequential",1,0,{"training":false}]]]'],
])("the masks of %s.keras, written for Keras 2", async (name, class_name, said) => {
  const model = await loadModel(read(`${name}.keras`));
  const json = JSON.parse(new TextDecoder().decode(await model.toBytes("json", { keras: 2 }))) as Json;
  expect(nodes(json, class_name)).toBe(said);
  const again = await loadModel(await model.toBytes("h5", { keras: 2 }));
  const y = again.predict(golden.x) as { data: Float32Array };
  golden[name].flat().forEach((value, k) => expect(y.data[k]).toBeCloseTo(value, 5));
});

test("what Keras 2 trains without the mask is said", async () => {
  const source = `
from keras import Input, Model, layers
entry = Input((4, 4, 3))
model = Model(entry, layers.BatchNormalization(name="norm")(layers.Masking()(entry)))
`;
  const model = await loadModel(source, { seed: 1 });
  await model.toBytes("keras", { keras: 2 });
  const message = "Keras 2 trains this BatchNormalization on masked steps, too, this model without them.";
  expect(model.notes).toContainEqual({ message, at: { path: "norm" } });
});
