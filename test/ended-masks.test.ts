import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadModel, ModelError } from "../src/node/index.ts";

const read = (file: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/ended-masks/${file}`, import.meta.url)));
const golden = JSON.parse(new TextDecoder().decode(read("golden.json"))) as Record<string, number[][]>;

test.each(["stacked-keras2", "nested-keras2", "stacked-keras3", "nested-keras3"])(
  "%s predicts as the Keras that wrote it",
  async (name) => {
    const y = (await loadModel(read(`${name}.h5`))).predict(golden.x) as { data: Float32Array };
    golden[name].flat().forEach((value, k) => expect(y.data[k]).toBeCloseTo(value, 6));
  },
);

test.each([
  ["stacked-keras2", 3],
  ["nested-keras2", 3],
  ["nested-keras3", 2],
] as const)("%s is not written for Keras %i, which would predict otherwise", async (name, keras) => {
  const model = await loadModel(read(`${name}.h5`));
  const error: unknown = await model.toBytes("h5", { keras }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ModelError);
  expect((error as ModelError).message).toMatch(/gives another mask on from this (Rescaling|Sequential)/);
});
