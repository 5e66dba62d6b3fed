import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { activations, loadModel, type ModelError } from "../src/node/index.ts";

const FOLDER = "fixtures/keras2";
interface Expected {
  readonly x: number[][];
  readonly keras2: number[][][];
  readonly keras3: number[][][];
}
const { x, keras2, keras3 } = JSON.parse(readFileSync(`${FOLDER}/expected.json`, "utf8")) as Expected;
const worst = (values: ArrayLike<number>, expected: number[][][]): number =>
  Math.max(...expected.flat(2).map((v, k) => Math.abs(v - values[k])));

/** What fixtures/keras2.py makes its model of. */
const snippet = (library: string): string => `import ${library}
from ${library} import layers
m = ${library}.Sequential([
    ${library}.Input((6,), name="x"),
    layers.Dense(8, activation="hard_sigmoid", name="gate"),
    layers.BatchNormalization(name="bn"),
    layers.LeakyReLU(alpha=0.15, name="leaky"),
    layers.Dense(8, activation=layers.LeakyReLU(alpha=0.05), name="wrapped"),
    layers.ReLU(max_value=1.5, negative_slope=0.1, threshold=0.05, name="bent"),
    layers.Reshape((2, 4), name="grid"),
    layers.Softmax(axis=1, name="columns"),
    layers.Activation("hard_sigmoid", name="gates"),
], name="older")
`;

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

  test.each(["keras", "h5"] as const)("a %s file for either Keras gives the same numbers", async (format) => {
    const model = await loadModel(`${FOLDER}/model.h5`);
    for (const keras of [2, 3] as const) {
      const again = await loadModel(await model.toBytes(format, { keras }));
      expect(again.predict(x).data).toEqual(model.predict(x).data);
    }
  });

  test("Keras 3 is told of its hard_sigmoid in layers, Keras 2 by its name", async () => {
    const model = await loadModel(`${FOLDER}/model.h5`);
    const json = async (keras: 2 | 3): Promise<string> =>
      new TextDecoder().decode(await model.toBytes("json", { keras }));
    expect(await json(2)).toContain('"hard_sigmoid"');
    expect(await json(3)).not.toContain('"hard_sigmoid"');
    expect(await json(3)).toContain('"class_name": "Rescaling", "config": {"name": "hard_sigmoid_keras2_1"');
  });

  test("its weights alone can be written", async () => {
    const bytes = await (await loadModel(`${FOLDER}/model.h5`)).toBytes("weights.h5");
    const again = await loadModel(`${FOLDER}/model.json`, { weights: bytes });
    expect(worst(again.predict(x).data, keras2)).toBeLessThan(1e-6);
  });

  test.each([
    ["tf_keras", keras2],
    ["keras", keras3],
  ])("a snippet of %s means its own", async (library, expected) => {
    const model = await loadModel(snippet(library), { weights: `${FOLDER}/model.h5` });
    expect(worst(model.predict(x).data, expected)).toBeLessThan(1e-6);
  });

  test("the old function has no name that a snippet, a file or the library takes", async () => {
    const message = 'Expected: the name of an activation. Received: "hard_sigmoid_keras2".';
    expect(() => activations.get("hard_sigmoid_keras2")).toThrow(message);
    const dense = 'keras.layers.Dense(2, activation="hard_sigmoid_keras2")';
    const source = `import keras\nm = keras.Sequential([keras.Input((3,)), ${dense}])\n`;
    await expect(loadModel(source)).rejects.toThrow(message);
  });
});

interface Gru {
  readonly config: object;
  readonly y: number[][];
}
const gru = JSON.parse(readFileSync(`${FOLDER}/gru.json`, "utf8")) as {
  readonly x: number[][][];
  readonly true: Gru;
  readonly false: Gru;
  readonly newest: boolean[];
};

describe("a GRU whose config does not say reset_after", () => {
  const open = (keras_version: string | undefined, weights: "true" | "false") =>
    loadModel(JSON.stringify({ ...gru.true.config, keras_version }), {
      weights: `${FOLDER}/gru.${weights}.h5`,
    });

  test.each(["2.21.0", "2.10.0", "2.4.0", "2.3.0-tf"])(
    "Keras %s resets after the product",
    async (version) => {
      expect(gru.newest).toEqual([true, true]);
      const y = (await open(version, "true")).predict(gru.x);
      expect(Math.max(...gru.true.y.flat().map((v, k) => Math.abs(v - y.data[k])))).toBeLessThan(1e-6);
    },
  );

  test.each(["2.3.1", "2.0.9", "2.1.6-tf", "1.2.2", "1"])("Keras %s resets before it", async (version) => {
    const y = (await open(version, "false")).predict(gru.x);
    expect(Math.max(...gru.false.y.flat().map((v, k) => Math.abs(v - y.data[k])))).toBeLessThan(1e-6);
  });

  test.each(["2.2.4-tf"])("Keras %s is refused", async (version) => {
    const error = (await open(version, "true").catch((e: unknown) => e)) as ModelError;
    expect(error.errors.map(({ code, expected }) => [code, expected])).toEqual([
      ["bad-option", "GRU's reset_after to be true or false"],
      ["missing-option", "true or false"],
    ]);
    expect(error.message).toContain(`this file is of ${version}`);
  });

  test("so is a file that does not say its version", async () => {
    const text = JSON.stringify({ ...gru.true.config, keras_version: undefined });
    const nameless = text.replaceAll('"module":"keras.layers",', "");
    const error = (await loadModel(nameless).catch((e: unknown) => e)) as ModelError;
    expect(error.message).toContain("this file is of an unknown one");
  });
});

test.each(["keras", "h5"])(
  "attention in a .%s file of tf.keras finds the weights of its parts",
  async (ending) => {
    const { x: data, y } = JSON.parse(readFileSync(`${FOLDER}/attention.json`, "utf8")) as Record<
      "x" | "y",
      number[][][]
    >;
    const model = await loadModel(`${FOLDER}/attention.${ending}`);
    expect(worst(model.predict(data).data, y)).toBeLessThan(1e-5);
  },
);
