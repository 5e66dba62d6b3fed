import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";
import { type Noted, tensor } from "./noted.ts";

const FOLDER = "fixtures/turned-round";
const goldens = Object.entries(
  JSON.parse(readFileSync(`${FOLDER}/golden.json`, "utf8")) as Record<string, { x: Noted; y: Noted }>,
);

test.each(goldens)("a Bidirectional of Keras 2 turns a backward %s forward", async (name, { x, y }) => {
  const file = new Uint8Array(gunzipSync(readFileSync(`${FOLDER}/${name}.h5.gz`)));
  const model = await loadModel(file, { engine: "interpret" });
  // for Keras 3 the other layer is said, so that it opens the file
  const again = await loadModel(await model.toBytes("keras"), { engine: "interpret" });
  for (const one of [model, again]) {
    const made = one.predict(tensor(x)) as { data: Float32Array };
    y.data.forEach((value, k) => expect(made.data[k]).toBeCloseTo(value, 5));
  }
});

const source = (library: string): string => `
from ${library} import Sequential, Input
from ${library}.layers import Bidirectional, GRU
model = Sequential([Input((4, 3)), Bidirectional(GRU(2, go_backwards=True))])
`;
test("a snippet of Keras 2 may say it, too, one of Keras 3 may not", async () => {
  await expect(loadModel(source("tf_keras"))).resolves.toBeDefined();
  await expect(loadModel(source("keras"))).rejects.toThrow("backward_layer");
});
