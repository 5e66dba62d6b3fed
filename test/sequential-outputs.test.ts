import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../src/ir/tensor.ts";
import { loadModel, type Model, type ModelError } from "../src/node/index.ts";
import { apart } from "./bundle-models.ts";

interface Case {
  readonly name: string;
  readonly snippet: string;
  readonly config: unknown;
  readonly weights: readonly (readonly number[])[];
  readonly summary: string;
  readonly loaded: string;
  readonly shape: number[];
  readonly dtype: "float32" | "int32";
  readonly x: readonly number[];
  readonly shapes: readonly number[][];
  readonly y: readonly (readonly number[])[];
  readonly predict: readonly (readonly number[])[];
  readonly losses: readonly number[];
  readonly after: readonly (readonly number[])[];
}
/** What Keras computes and prints. */
const CASES = JSON.parse(
  readFileSync("fixtures/training/sequential-outputs.json", "utf8"),
) as readonly Case[];
const TOLERANCE = 1e-5;

const floats = (data: readonly number[], shape: number[]): Tensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from(data),
});
const inputs = ({ x, shape, dtype }: Case): Tensor =>
  dtype === "int32" ? { shape, dtype, data: Int32Array.from(x) } : floats(x, shape);
const labels = ({ y, shapes }: Case): Tensor | Tensor[] => {
  const all = y.map((data, k) => floats(data, shapes[k]));
  return all.length === 1 ? all[0] : all;
};
const listed = (nest: unknown): Tensor[] => (Array.isArray(nest) ? nest : [nest]) as Tensor[];

function close(found: readonly Tensor[], expected: readonly (readonly number[])[]): void {
  expect(found.length).toBe(expected.length);
  found.forEach(({ data }, k) => expect(apart(data as Float32Array, expected[k])).toBeLessThan(TOLERANCE));
}

async function runsAsInKeras(model: Model, one: Case, summary: string): Promise<void> {
  close(listed(model.predict(inputs(one))), one.predict);
  expect(model.summary({ line_length: 100, columns: 100, expand_nested: true }).trimEnd()).toBe(summary);
  const losses = one.losses.map(() => [model.trainOnBatch(inputs(one), labels(one))].flat()[0]);
  expect(apart(losses as number[], one.losses)).toBeLessThan(TOLERANCE);
  close(model.getWeights(), one.after);
}

describe.each(CASES)("$name", (one) => {
  test("in Python", async () => runsAsInKeras(await loadModel(one.snippet), one, one.summary));

  test("in JSON, and saved again", async () => {
    const model = await loadModel(new TextEncoder().encode(JSON.stringify(one.config)));
    model.setWeights(model.weights.map(({ shape }, k) => floats(one.weights[k], [...shape])));
    const copy = await loadModel(await model.toBytes("keras"));
    await runsAsInKeras(model, one, one.loaded);
    await runsAsInKeras(copy, one, one.loaded);
  });
});

test("for Keras 2, which stacks layers of one output alone, it is refused", async () => {
  const model = await loadModel(CASES[0].snippet);
  for (const format of ["keras", "h5", "json"] as const) {
    const error = await model.toBytes(format, { keras: 2 }).catch((e: unknown) => e as ModelError);
    expect(error).toMatchObject({ code: "not-in-keras-2", path: "sequential/lstm", received: "3" });
  }
});
