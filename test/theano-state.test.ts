import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

type Rows = readonly (readonly number[])[];
const golden = JSON.parse(readFileSync("fixtures/theano-state/adam.json", "utf8")) as Record<
  "x" | "y" | "predicted" | "after",
  number[][]
>;
const expectRows = (found: unknown, rows: Rows): void => {
  const { data } = found as { data: Float32Array };
  rows.flat().forEach((value, k) => expect(data[k]).toBeCloseTo(value, 6));
};

test("a file of Keras 2.0.5 on Theano opens with its optimizer's state, and goes on as there", async () => {
  const file = gunzipSync(readFileSync("fixtures/theano-state/adam.h5.gz"));
  const model = await loadModel(new Uint8Array(file), { engine: "interpret" });
  expect(model.notes).toEqual([]);
  expectRows(model.predict(golden.x), golden.predicted);
  model.trainOnBatch(golden.x, golden.y);
  expectRows(model.predict(golden.x), golden.after);
});
