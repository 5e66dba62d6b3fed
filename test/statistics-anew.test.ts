import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

// The Kerases that wrote these files were run: of them, only 2.2.4 on TensorFlow forgets what its file holds.
const noted = async (keras: string): Promise<readonly (string | undefined)[]> => {
  const file = readFileSync(`fixtures/legacy-h5/${keras}/train-adam.h5.gz`);
  const { notes } = await loadModel(new Uint8Array(gunzipSync(file)), { engine: "interpret" });
  return notes.filter(({ message }) => message.includes("moving statistics")).map(({ at }) => at?.path);
};

test("files of a Keras that begins moving statistics anew say so", async () => {
  expect(await noted("keras2.2.4-tensorflow")).toEqual(["batch_normalization_1"]);
});

test.each([
  "keras1-tensorflow",
  "keras2.0.9-tensorflow",
  "keras2.2.4-theano",
  "keras2.3.1-tensorflow",
  "tf.keras1.15.5",
  "tf.keras2.8.4",
])("those of %s do not", async (keras) => {
  expect(await noted(keras)).toEqual([]);
});
