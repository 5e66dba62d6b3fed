import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { activations, loadModel, ModelError } from "../src/node/index.ts";

const FOLDER = "fixtures/keras2";
interface Expected {
  readonly x: number[][];
  readonly keras2: number[][][];
  readonly keras3: number[][][];
}
const { x, keras2, keras3 } = JSON.parse(readFileSync(`${FOLDER}/expected.json`, "utf8")) as Expected;
const worst = (values: ArrayLike<number>, expected: number[][][]): number =>
  Math.max(...expected.flat(2).map((v, k) => Math.abs(v - values[k])));

describe("names that Keras 3 gave another meaning", () => {
  test.each(["h5", "keras"])("a .%s file of tf.keras gives the numbers of tf.keras", async (ending) => {
    const y = (await loadModel(`${FOLDER}/model.${ending}`)).predict(x);
    expect(worst(y.data, keras2)).toBeLessThan(1e-6);
    expect(worst(y.data, keras3)).toBeGreaterThan(0.01);
  });

  test("its JSON says its version itself", async () => {
    const text = readFileSync(`${FOLDER}/model.json`, "utf8");
    const model = await loadModel(text, { weights: `${FOLDER}/model.h5` });
    expect(worst(model.predict(x).data, keras2)).toBeLessThan(1e-6);
    const nameless = text
      .replace(/, "keras_version": "[^"]*"/, "")
      .replaceAll('"module": "keras.layers", ', "");
    const again = await loadModel(nameless, { weights: `${FOLDER}/model.h5` });
    expect(worst(again.predict(x).data, keras2)).toBeLessThan(1e-6);
  });

  test.each(["again.keras", "again.h5"])(
    "what Keras 3 made of it, %s, gives the numbers of Keras 3",
    async (name) => {
      const y = (await loadModel(`${FOLDER}/model.${name}`)).predict(x);
      expect(worst(y.data, keras3)).toBeLessThan(1e-6);
    },
  );

  test.each(["keras", "h5", "json"] as const)(
    "a %s file of Keras 3 is refused, every layer named",
    async (format) => {
      const model = await loadModel(`${FOLDER}/model.h5`);
      const error = (await model.toBytes(format).catch((e: unknown) => e)) as ModelError;
      expect(error).toBeInstanceOf(ModelError);
      expect(error.errors.map(({ code, at }) => [code, at?.path])).toEqual([
        ["not-in-keras-3", "older/gate"],
        ["not-in-keras-3", "older/gates"],
      ]);
      expect(error.message).toContain("hard_sigmoid as Keras 1 and 2 had it, min(max(0, 0.2 · x + 0.5), 1)");
    },
  );

  test("its weights alone can be written", async () => {
    const bytes = await (await loadModel(`${FOLDER}/model.h5`)).toBytes("weights.h5");
    const again = await loadModel(`${FOLDER}/model.json`, { weights: bytes });
    expect(worst(again.predict(x).data, keras2)).toBeLessThan(1e-6);
  });

  test("the old function has a name of its own", () => {
    const y = activations.get("hard_sigmoid_keras2")([-2.5, -1, 0, 1, 2.5]);
    expect(Array.from(y.data, Number)).toEqual([0, 0.3, 0.5, 0.7, 1].map(Math.fround));
  });
});
