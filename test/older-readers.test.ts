import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

const written = async (source: string, keras: 2 | 3): Promise<string> => {
  const model = await loadModel(source, { engine: "interpret" });
  return new TextDecoder().decode((await model.toBytes("json", { keras })) as Uint8Array);
};

test("a whole number before a tensor of floats is a float to tf-keras", async () => {
  const source = "import keras\nx = keras.Input((3,))\nmodel = keras.Model(x, 1 - x)\n";
  expect(await written(source, 2)).toContain('["_CONSTANT_VALUE", -1, 1.0,');
});

test("Dot has no build_config, which Keras 3.0 does not read", async () => {
  const source =
    "import keras\na = keras.Input((3,))\nb = keras.Input((3,))\nmodel = keras.Model([a, b], keras.layers.Dot(1)([a, b]))\n";
  const dot = (await written(source, 3)).split('"Dot"')[1];
  expect(dot).not.toContain('build_config": {"input_shape": [[');
});
