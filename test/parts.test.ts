import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Input, layers, loadModel, Sequential } from "../src/node/index.ts";
import type { Tensor } from "../src/ir/tensor.ts";

const FOLDER = "fixtures/parts";
type Nested = readonly (number | Nested)[];
interface Facts {
  readonly x: Nested;
  readonly y: Nested;
  readonly sample_weight?: readonly number[];
  readonly before: readonly number[];
  readonly trained: readonly string[];
  readonly losses: readonly number[];
  readonly weights: readonly (readonly number[])[];
  readonly after: readonly number[];
}
/** See fixtures/parts.py. */
const cases = JSON.parse(readFileSync(`${FOLDER}/expected.json`, "utf8")) as Record<string, Facts>;

function expectClose(found: ArrayLike<number>, wanted: readonly number[], tolerance: number): void {
  expect(found.length).toBe(wanted.length);
  const scale = Math.max(1, ...wanted.map(Math.abs));
  wanted.forEach((v, k) => expect(Math.abs(found[k] - v)).toBeLessThan(tolerance * scale));
}

describe.each(["wasm", "interpret"] as const)("layers inside layers, %s", (engine) => {
  test.each(Object.keys(cases))("%s trains as in Keras", async (name) => {
    const { x, y, sample_weight, ...facts } = cases[name];
    const model = await loadModel(`${FOLDER}/${name}.keras`, { engine });
    const predicted = (): ArrayLike<number> => (model.predict(x) as Tensor).data as Float32Array;
    expectClose(predicted(), facts.before, 1e-6);
    expect(model.weights.filter((w) => w.trainable).map((w) => w.name.split("/").at(-1))).toEqual(
      facts.trained,
    );
    const options = sample_weight ? { sample_weight: [...sample_weight] } : {};
    const losses = facts.losses.map(() => model.trainOnBatch(x, y, options) as number);
    expectClose(losses, facts.losses, 2e-6);
    model.weights.forEach((w, k) => expectClose(w.data, facts.weights[k], 5e-6));
    expectClose(predicted(), facts.after, 1e-5);
  });
});

test("renormalization with bounds between which nothing lies is refused", () => {
  const made = (renorm_clipping: object) => () =>
    Sequential([Input({ shape: [4] }), layers.BatchNormalization({ renorm: true, renorm_clipping })]);
  expect(made({ rmin: 2, rmax: 1 })).toThrow(/rmax not below rmin/);
  expect(made({ dmax: -1 })).toThrow(/dmax not below 0/);
  expect(made({ max: 1 })).toThrow(/rmin, rmax and dmax/);
});

test("sample weights that do not spread over the values of a loss are refused", async () => {
  const model = await loadModel(`${FOLDER}/regularized-attention.keras`);
  const config = JSON.parse(new TextDecoder().decode(await model.toBytes("json"))) as {
    config: { output_layers: unknown };
  };
  config.config.output_layers = [["multi_head_attention", 0, 0]];
  const inner = await loadModel(JSON.stringify(config));
  inner.compile({ optimizer: "sgd", loss: "mse" });
  const x = cases["regularized-attention"].x;
  expect(() => inner.trainOnBatch(x, x, { sample_weight: [1, 2, 3, 4] })).toThrow(
    /sample weights do not fit/i,
  );
});
