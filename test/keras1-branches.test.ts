import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { loadModel, type Tensor } from "../src/node/index.ts";

const FOLDER = "fixtures/keras1-branches";
interface Golden {
  readonly inputs: readonly unknown[];
  readonly outputs: readonly number[];
  readonly summary: string;
}
const golden = JSON.parse(readFileSync(`${FOLDER}/golden.json`, "utf8")) as Readonly<Record<string, Golden>>;
const bytesOf = (name: string): Uint8Array =>
  new Uint8Array(gunzipSync(readFileSync(`${FOLDER}/${name}.h5.gz`)));

function expectOutputs(predicted: unknown, { outputs }: Golden): void {
  const { data } = predicted as Tensor;
  expect(data.length).toBe(outputs.length);
  const worst = Math.max(...outputs.map((v, k) => Math.abs(v - Number(data[k])) / (1 + Math.abs(v))));
  expect(worst).toBeLessThan(3e-6);
}

describe.each(Object.entries(golden))("%s of Keras 1.2.2", (name, one) => {
  const inputs = (one.inputs.length > 1 ? one.inputs : one.inputs[0]) as never;
  test("prints and computes as there", async () => {
    const model = await loadModel(bytesOf(name));
    expect(model.summary({ keras: "1.2.2" })).toBe(one.summary);
    expectOutputs(model.predict(inputs), one);
  });
  test.each([
    ["keras", "3"],
    ["h5", "3"],
    ["keras", "2"],
    ["h5", "2"],
  ] as const)("computes the same written as .%s for Keras %s", async (format, keras) => {
    const model = await loadModel(bytesOf(name));
    const again = await loadModel(await model.toBytes(format, { keras }));
    expectOutputs(again.predict(inputs), one);
  });
});

test("layers of branches stand in the order in which today's Keras reads their weights", async () => {
  const model = await loadModel(bytesOf("uneven"));
  const names = model.layers.map(({ name }) => name).filter((name) => !name.endsWith("_input"));
  // what keras.Model lists, 3.15.1
  expect(names).toEqual([
    "batchnormalization_1",
    "dense_2",
    "dense_1",
    "batchnormalization_2",
    "both",
    "batchnormalization_3",
    "dense_3",
  ]);
});

test("cosines of more than rows are refused, which no other Keras computes so", async () => {
  const text = readFileSync(`${FOLDER}/cosines.json`, "utf8");
  await expect(loadModel(text)).rejects.toThrow('inputs of 2 dimensions, where Keras 1 merges by "cos"');
});
