import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

const read = (name: string): Buffer =>
  readFileSync(new URL(`../fixtures/windows-paths/${name}`, import.meta.url));
type Rows = readonly (readonly number[])[];
const golden = JSON.parse(read("expected.json").toString()) as {
  readonly json: string;
  readonly x: number[][][];
  readonly y: number[][];
  readonly output: Rows;
  readonly loss: number;
  readonly after: Rows;
};

const near = (data: ArrayLike<number>, wanted: Rows): void =>
  wanted.flat().forEach((value, k) => expect(data[k]).toBeCloseTo(value, 6));

test("a .keras file whose paths have backslashes, and its optimizer", async () => {
  const model = await loadModel(read("model.keras"));
  near(model.predict(golden.x).data, golden.output);
  expect(model.trainOnBatch(golden.x, golden.y)).toBeCloseTo(golden.loss, 6);
  near(model.predict(golden.x).data, golden.after);
});

test("a .weights.h5 file whose paths have backslashes", async () => {
  const model = await loadModel(golden.json, { weights: read("model.weights.h5") });
  near(model.predict(golden.x).data, golden.output);
});
