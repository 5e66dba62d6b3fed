import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { loadModel, type LoadOptions, type Tensor } from "../src/node/index.ts";
import { moduleOf, textOf } from "./bundle-models.ts";

const FOLDER = "fixtures/lora";
type Nested = readonly (number | Nested)[];
/** What Keras goes on to from a file. */
interface GoneOn {
  readonly before: readonly number[];
  readonly trained: readonly string[];
  readonly evaluate: number;
  readonly gradients: readonly (readonly number[])[];
  readonly losses: readonly number[];
  readonly weights: readonly (readonly number[])[];
  readonly after: readonly number[];
}
interface Facts {
  readonly source: string;
  readonly summary: string;
  readonly x: Nested;
  readonly y: Nested;
  readonly paths: readonly string[];
  readonly initial: readonly (readonly number[])[];
  readonly predicted: readonly number[];
  readonly keras: GoneOn;
  readonly h5: GoneOn;
}
/** See fixtures/lora.py. */
const cases = JSON.parse(readFileSync(`${FOLDER}/expected.json`, "utf8")) as Record<string, Facts>;
const names = Object.keys(cases);
const FORMS = ["keras", "h5"] as const;
const fileOf = (name: string, form: string): Uint8Array =>
  new Uint8Array(gunzipSync(readFileSync(`${FOLDER}/${name}.${form}.gz`)));

function expectClose(found: ArrayLike<number>, wanted: readonly number[], tolerance: number): void {
  expect(found.length).toBe(wanted.length);
  const scale = Math.max(1, ...wanted.map(Math.abs));
  wanted.forEach((v, k) => expect(Math.abs(found[k] - v)).toBeLessThan(tolerance * scale));
}
const numbers = (y: unknown): Float32Array => (y as Tensor).data as Float32Array;
const flat = (nest: Nested): Float32Array => Float32Array.from((nest as number[]).flat(Infinity));

test.each(names)("%s starts from Keras's weights, in its order, with its summary", async (name) => {
  const { source, summary, x, paths, initial, predicted } = cases[name];
  const model = await loadModel(source);
  expect(model.summary().trimEnd()).toBe(summary.trimEnd());
  expect(model.weights.map((w) => w.path)).toEqual(paths);
  model.weights.forEach((w, k) => expectClose(w.data, initial[k], 1e-7));
  expectClose(numbers(model.predict(x)), predicted, 1e-6);
});

const ENGINES: Readonly<Record<string, { readonly options: LoadOptions; readonly only?: string }>> = {
  interpreter: { options: { engine: "interpret" } },
  wasm: { options: { engine: "wasm" } },
  "wasm without Winograd": { options: { engine: "wasm", winograd: 0 }, only: "convolution" },
  "wasm with larger tiles of Winograd": { options: { engine: "wasm", winograd: 4 }, only: "convolution" },
};
describe.each(Object.keys(ENGINES))("%s", (engine) => {
  const { options, only } = ENGINES[engine];
  describe.each(FORMS)("from a .%s", (form) => {
    test.each(only ? [only] : names)("%s goes on as in Keras", async (name) => {
      const { x, y, [form]: facts } = cases[name];
      const model = await loadModel(fileOf(name, form), options);
      const predicted = (): Float32Array => numbers(model.predict(x));
      expectClose(predicted(), facts.before, 1e-6);
      const trained = model.weights.filter((w) => w.trainable).map((w) => w.path.split("/").at(-1));
      expect(trained).toEqual(facts.trained);
      expect(Math.abs((model.evaluate(x, y) as number) - facts.evaluate)).toBeLessThan(1e-6);
      model.gradients(x, y).forEach((g, k) => expectClose(g.data, facts.gradients[k], 2e-6));
      const losses = facts.losses.map(() => model.trainOnBatch(x, y) as number);
      expectClose(losses, facts.losses, 5e-6);
      model.weights.forEach((w, k) => expectClose(w.data, facts.weights[k], 2e-5));
      expectClose(predicted(), facts.after, 2e-5);
    });
  });
});

describe.each(["ts", "wasm"] as const)("a bundle as %s", (target) => {
  test.each(names)("%s goes on as in Keras", async (name) => {
    const { x, y, h5 } = cases[name];
    const model = await loadModel(fileOf(name, "h5"));
    const { files } = await model.compileTo({ name: "m", target, training: true });
    const bundle = await (await moduleOf(files))();
    const [inputs, labels] = [{ [model.inputs[0]]: flat(x) }, { [model.outputs[0]]: flat(y) }];
    const predicted = (): Float32Array => bundle.predict(inputs) as Float32Array;
    expectClose(predicted(), h5.before, 1e-6);
    const losses = h5.losses.map(() => bundle.trainStep(inputs, labels));
    expectClose(losses, h5.losses, 5e-6);
    expectClose(predicted(), h5.after, 2e-5);
  });
});

describe.each(["ts", "wasm"] as const)("a bundle as %s that only predicts", (target) => {
  test("computes sums of kernels and factors once, and again when a weight has changed", async () => {
    const { x } = cases.dense;
    const model = await loadModel(fileOf("dense", "h5"));
    const { files } = await model.compileTo({ name: "m", target });
    if (target === "ts") expect(textOf(files, "m.ts")).toMatch(/function pack\(n: number\)/);
    const bundle = await (await moduleOf(files))();
    const predicted = (): Float32Array => bundle.predict(flat(x)) as Float32Array;
    expectClose(predicted(), cases.dense.h5.before, 1e-6);
    const [factor] = model.weights.filter((w) => w.path.endsWith("lora_kernel_b"));
    bundle.weights[factor.path].fill(0.5);
    model.setWeights(model.weights.map((w) => (w.path === factor.path ? w.data.map(() => 0.5) : w.data)));
    expectClose(predicted(), [...numbers(model.predict(x))], 1e-6);
    expect(Math.abs(predicted()[0] - cases.dense.h5.before[0])).toBeGreaterThan(1e-3);
  });
});

const HEAD = "import keras\nfrom keras import layers\n";
const sequential = (options: string, rest = ""): string =>
  `${HEAD}m = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="d"${options})])\n${rest}`;

describe("what is written", () => {
  test.each(names)("%s predicts the same from every file, and keeps its options", async (name) => {
    const { x, y } = cases[name];
    const model = await loadModel(fileOf(name, "h5"));
    const predicted = numbers(model.predict(x));
    const options = (text: Uint8Array): unknown =>
      new TextDecoder().decode(text).match(/"lora_(rank|alpha)": ?[\d.]+/g);
    const json = options(await model.toBytes("json"));
    expect(json).not.toBeNull();
    for (const form of ["keras", "h5"] as const) {
      const again = await loadModel(await model.toBytes(form));
      expectClose(numbers(again.predict(x)), [...predicted], 1e-6);
      expect(options(await again.toBytes("json"))).toEqual(json);
      const factors = again.weights.filter((w) => /lora_\w+_[ab]$/.test(w.path));
      const zero = factors.every((w) => w.data.every((v) => v === 0));
      expect(zero).toBe(form === "keras");
      again.trainOnBatch(x, y);
    }
    const bare = await loadModel(new TextDecoder().decode(await model.toBytes("py")));
    await bare.loadWeights(await model.toBytes("weights.h5"));
    expectClose(numbers(bare.predict(x)), [...predicted], 1e-6);
  });

  test("Keras 2 has no words for it", async () => {
    const model = await loadModel(sequential(", lora_rank=2"));
    await expect(model.toBytes("h5", { keras: "2" })).rejects.toThrow(
      /lora_rank of this layer cannot be said to Keras 2/,
    );
  });

  test("a frozen model around a layer that is not frozen has no lines of Python", async () => {
    const source = `${HEAD}x = keras.Input((4,))\nm = keras.Model(x, layers.Dense(3, lora_rank=2)(x))\n`;
    const model = await loadModel(source);
    const json = JSON.parse(new TextDecoder().decode(await model.toBytes("json"))) as {
      config: { trainable: boolean };
    };
    json.config.trainable = false;
    const frozen = await loadModel(JSON.stringify(json));
    expect(frozen.weights.some((w) => w.trainable)).toBe(false);
    await expect(frozen.toBytes("py")).rejects.toThrow(/lora factors in a frozen model/);
  });

  test("the sum of a kernel and its factors is what a layer without them takes", async () => {
    const model = await loadModel(fileOf("dense", "h5"));
    const plain = await loadModel(cases.dense.source.replaceAll(/, lora_\w+=\d+/g, ""));
    await plain.loadWeights(await model.toBytes("weights.h5"));
    const { x } = cases.dense;
    expectClose(numbers(plain.predict(x)), [...numbers(model.predict(x))], 1e-6);
    expect(new TextDecoder().decode(await plain.toBytes("json"))).not.toMatch(/lora/);
  });
});

test.each([", lora_rank=0", ", lora_alpha=4", ", lora_rank=None"])("Dense(3%s) has no factors", async (o) => {
  const model = await loadModel(sequential(o));
  expect(model.weights.map((w) => w.name)).toEqual(["kernel", "bias"]);
  expect(new TextDecoder().decode(await model.toBytes("json"))).not.toMatch(/lora/);
});

test.each([
  [", lora_rank=-1", /None or an integer of 0 or more/],
  [", lora_rank=2.0", /lora_rank/],
  [", lora_rank='2'", /lora_rank/],
  [", lora_rank=2, kernel_constraint='non_neg'", /none beside a kernel_constraint/],
])("Dense(3%s) is refused", async (options, message) => {
  await expect(loadModel(sequential(options))).rejects.toThrow(message);
});

test.each([
  ["m.layers[0].enable_lora()", /needs a rank/],
  ["m.layers[0].enable_lora(0)", /a whole number. Expected: 1 or more. Received: 0/],
  ["m.layers[0].enable_lora(2)\nm.layers[0].enable_lora(2)", /lora is already enabled/],
  ["layers.Dense(3).enable_lora(2)", /a layer that isn't yet built/],
  ["m.layers[0].enable_lora(2, lora_alpha=4)", /A lora_alpha of Dense other than the rank is not read/],
  ["m.layers[0].enable_lora(2, b_initializer='ones')", /Another b_initializer/],
  ["m.layers[0].enable_lora(2, alpha=4)", /no argument alpha/],
  ["m.enable_lora(2)", /A model has no method enable_lora/],
])("%s is refused", async (line, message) => {
  await expect(loadModel(sequential("", line))).rejects.toThrow(message);
});

describe("trainable", () => {
  const trained = async (rest: string): Promise<string[]> => {
    const model = await loadModel(sequential(", lora_rank=2", rest));
    return model.weights.filter((w) => w.trainable).map((w) => w.name);
  };
  test.each([
    ["", ["bias", "lora_kernel_a", "lora_kernel_b"]],
    ["m.trainable = True", ["bias", "lora_kernel_a", "lora_kernel_b"]],
    ["m.layers[0].trainable = True", ["bias", "lora_kernel_a", "lora_kernel_b"]],
    ["m.trainable = False", []],
    ["m.layers[0].trainable = False\nm.trainable = True", []],
  ])("%j trains as in Keras", async (rest, wanted) => expect(await trained(rest)).toEqual(wanted));
  test("a kernel that Keras would train from then on is refused", async () => {
    await expect(trained("m.trainable = False\nm.trainable = True")).rejects.toThrow(
      /Making the layer d trainable again is not read/,
    );
  });
});
