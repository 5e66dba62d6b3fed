import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { loadModel as loadInBrowser, Sequential as browserSequential } from "../src/index.ts";
import { Input, layers, loadModel, Model, ModelError, Sequential } from "../src/node/index.ts";

const FOLDER = "fixtures/models/lecture-mlp";
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(`${FOLDER}/${name}`));
const scratch = mkdtempSync(join(tmpdir(), "keraunos-load-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const X = [
  [0.1, 0.2],
  [0.3, -0.4],
  [0.5, 0.6],
];
const small = (seed = 3) =>
  Sequential([layers.Dense({ units: 4, activation: "tanh", input_shape: [2] }), layers.Dense({ units: 1 })], {
    seed,
  });

describe("sources", () => {
  test("bytes, a Blob, a path and a URL give the same model", async () => {
    const models = await Promise.all([
      loadModel(bytesOf("model.keras")),
      loadModel(new Blob([readFileSync(`${FOLDER}/model.keras`)])),
      loadModel(`${FOLDER}/model.keras`),
      loadModel(pathToFileURL(`${FOLDER}/model.keras`)),
    ]);
    const [first, ...rest] = models.map((model) => model.getWeights());
    for (const weights of rest) expect(weights).toEqual(first);
  });

  test("text is told apart: a line break or a brace", async () => {
    const json = await (await loadModel(`${FOLDER}/model.h5`)).toBytes("json");
    expect((await loadModel(new TextDecoder().decode(json))).countParams()).toBe(266_610);
    const snippet = "import keras\nm = keras.Sequential([keras.layers.Dense(units, input_shape=(3,))])";
    expect((await loadModel(snippet, { define: { units: 5 } })).countParams()).toBe(20);
  });

  test("a notebook's code cells are read in order", async () => {
    const cells = [
      { cell_type: "markdown", source: "no code" },
      { cell_type: "code", source: ["%matplotlib inline\n", "import keras"] },
      { cell_type: "code", source: "m = keras.Sequential([keras.layers.Dense(2, input_shape=(3,))])" },
    ];
    expect((await loadModel(JSON.stringify({ nbformat: 4, cells }))).countParams()).toBe(8);
  });

  test("the browser's entry refuses paths by name and gives a Blob for a save", async () => {
    await expect(loadInBrowser("models/fashion.h5")).rejects.toThrow(
      /^models\/fashion\.h5: Paths cannot be opened here/,
    );
    const model = browserSequential([layers.Dense({ units: 1, input_shape: [2] })], { seed: 1 });
    const blob = (await model.save("a.keras"))!;
    const again = await loadModel(new Uint8Array(await blob.arrayBuffer()));
    expect(again.getWeights()).toEqual(model.getWeights());
  });

  test.each([
    ["weights without an architecture", () => weightsOnly(), "no-architecture"],
    ["an empty TensorFlow.js model", () => Promise.resolve({ "model.json": new Uint8Array() }), "file-empty"],
    [
      "its JSON without a model",
      () => Promise.resolve('{"format": "layers-model", "modelTopology": {}}'),
      "bad-config",
    ],
    ["no bytes", () => Promise.resolve(new Uint8Array()), "file-empty"],
    ["something else", () => Promise.resolve(new Uint8Array([1, 2, 3, 0])), "not-a-model"],
    ["a number", () => Promise.resolve(3 as unknown as string), "bad-source"],
  ])("%s is refused", async (_what, source, code) => {
    const error = await loadModel(await source()).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ModelError);
    expect((error as ModelError).code).toBe(code);
  });
  const weightsOnly = (): Promise<Uint8Array> => small().toBytes("weights.h5");

  test.each([
    [{ sed: 1 }, "Did you mean seed?"],
    [{ winograd: 3 }, "winograd"],
    [{ layers: { Mine: {} } }, "layers"],
    [{ engine: "gpu" }, '"wasm" or "interpret"'],
    [{ limits: { bytes: 1 } }, "limits"],
    [{ limits: { file_bytes: 10 } }, "file_bytes"],
  ])("options %j are not passed over", async (options, said) => {
    await expect(loadModel(`${FOLDER}/model.keras`, options as object)).rejects.toThrow(said);
  });
});

describe("state", () => {
  const train = async (model: Awaited<ReturnType<typeof loadModel>>, steps: number): Promise<number[]> =>
    Array.from({ length: steps }, () => model.trainOnBatch(X, [[1], [0], [1]]) as number);

  test.each(["keras", "h5"] as const)(
    "a run goes on from .%s: Adam's slots, its count and its rate are kept",
    async (format) => {
      const optimizer = { class_name: "Adam", config: { learning_rate: 0.05, amsgrad: true } };
      const whole = small();
      whole.compile({ optimizer, loss: "mse" });
      const expected = await train(whole, 8);
      const half = small();
      half.compile({ optimizer, loss: "mse" });
      await train(half, 4);
      const again = await loadModel(await half.toBytes(format));
      expect(await train(again, 4)).toEqual(expected.slice(4));
    },
  );

  test("both engines agree", async () => {
    const bytes = await small().toBytes("keras");
    const [a, b] = await Promise.all([loadModel(bytes), loadModel(bytes, { engine: "interpret" })]);
    const [y, z] = [a.predict(X).data, b.predict(X).data] as Float32Array[];
    expect([a.core.session.engine, b.core.session.engine]).toEqual(["wasm", "interpret"]);
    y.forEach((v, i) => expect(v).toBeCloseTo(z[i], 6));
  });

  test("weights join an architecture, and every mismatch leaves the model as it was", async () => {
    const source = small(5);
    const path = join(scratch, "w.weights.h5");
    await source.save(path);
    const json = new TextDecoder().decode(await source.toBytes("json"));
    expect((await loadModel(json, { weights: path })).getWeights()).toEqual(source.getWeights());
    const other = Sequential([layers.Dense({ units: 4, input_shape: [2] }), layers.Dense({ units: 2 })], {
      seed: 1,
    });
    const before = other.getWeights();
    await expect(other.loadWeights(path)).rejects.toThrow(/Expected: \(4, 2\)\. Received: \(4, 1\)/);
    expect(other.getWeights()).toEqual(before);
    await other.loadWeights(path, { skip_mismatch: true });
    expect(other.getWeights()[0]).toEqual(source.getWeights()[0]);
    expect(other.notes.length).toBeGreaterThan(0);
  });

  test("the same model gives the same bytes", async () => {
    for (const format of ["keras", "h5", "weights.h5", "json"] as const) {
      expect(await small().toBytes(format)).toEqual(await small().toBytes(format));
    }
  });

  test("a seed gives the same weights through every door", async () => {
    const snippet =
      "import keras\nm = keras.Sequential([keras.layers.Dense(4, activation='tanh', input_shape=(2,)), keras.layers.Dense(1)])";
    const weights = (await loadModel(snippet, { seed: 3 })).getWeights();
    expect(small(3).getWeights()).toEqual(weights);
    const seeded = await loadModel(snippet.replace("\nm", "\nkeras.utils.set_random_seed(3)\nm"));
    expect(seeded.getWeights()).toEqual(weights);
  });
});

describe("builders", () => {
  test("a model made in code runs, and stands in another as a layer", () => {
    const inner = small();
    const x = Input({ shape: [2] });
    const outer = Model({ inputs: x, outputs: layers.Dense({ units: 3 })(inner(x)), seed: 1 });
    expect(outer.predict(X).shape).toEqual([3, 3]);
    expect(inner.countParams()).toBe(17);
    expect(outer.countParams()).toBe(17 + 6);
  });

  test("mistakes are reported where the model is made", () => {
    expect(() => Sequential([layers.Dense({ units: -1, input_shape: [2] })])).toThrow(ModelError);
    expect(() => Sequential([], { sed: 1 } as object)).toThrow("Did you mean seed?");
    expect(() => small().compile({ optimiser: "sgd" } as object)).toThrow("Did you mean optimizer?");
  });
});

describe("the version of Keras that a snippet is written for", () => {
  interface Printed {
    readonly name: string;
    readonly snippet: string;
    readonly keras2: string | null;
  }
  const cases = JSON.parse(readFileSync("fixtures/python/both.json", "utf8")) as readonly Printed[];
  const differing = cases.filter(({ name }) => /^inner-names: /.test(name));

  test.each(differing)("$name", async ({ snippet, keras2 }) => {
    const older = snippet
      .replace(/\bfrom keras\b/g, "from tf_keras")
      .replace(/^import keras$/gm, "import tf_keras as keras");
    const load = async (): Promise<string> => (await loadModel(older, { keras: "2.15" })).summary();
    if (keras2 === null) await expect(load()).rejects.toThrow(ModelError);
    else expect((await load()).trimEnd()).toBe(keras2.trimEnd());
  });

  test("there are some", () => expect(differing.length).toBeGreaterThan(3));

  test("a file is printed in that style, and other versions are refused", async () => {
    const file = bytesOf("model.keras");
    const model = await loadModel(file, { keras: "2.9" });
    expect(model.summary()).toBe((await loadModel(file)).summary({ keras: "2.9" }));
    expect(model.summary({ keras: "3" })).toBe((await loadModel(file)).summary());
    await expect(loadModel(file, { keras: "7" })).rejects.toThrow('Received: "7"');
  });
});
