import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { loadModel, type LoadOptions, type Tensor } from "../src/node/index.ts";
import { moduleOf } from "./bundle-models.ts";

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

const ENGINES: Readonly<Record<string, LoadOptions>> = {
  interpreter: { engine: "interpret" },
  wasm: { engine: "wasm" },
  "wasm without Winograd": { engine: "wasm", winograd: 0 },
};
describe.each(Object.keys(ENGINES))("%s", (engine) => {
  describe.each(FORMS)("from a .%s", (form) => {
    test.each(names)("%s goes on as in Keras", async (name) => {
      const { x, y, [form]: facts } = cases[name];
      const model = await loadModel(fileOf(name, form), ENGINES[engine]);
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
