import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

/** See fixtures/shared-across-models.py. */
const { x, y, params } = JSON.parse(readFileSync("fixtures/shared-across-models.json", "utf8")) as {
  readonly x: number[][];
  readonly y: number[][];
  readonly params: number;
};

test("reads calls that Keras 3.0 numbers through a nested model and the outer one", async () => {
  const model = await loadModel("fixtures/shared-across-models.keras");
  expect(model.summary()).toContain(`Total params: ${params} `);
  const got = model.predict(x);
  y.flat().forEach((value, k) => expect(Math.abs(got.data[k] - value)).toBeLessThan(1e-6));
});

/** See fixtures/shared-functional.py. */
test("reads a functional model that a nested model shares with the outer one", async () => {
  const facts = JSON.parse(readFileSync("fixtures/shared-functional.json", "utf8")) as {
    readonly x: number[][][];
    readonly y: number[];
  };
  const model = await loadModel("fixtures/shared-functional.keras");
  const got = model.predict(facts.x).data as Float32Array;
  expect(got.length).toBe(facts.y.length);
  facts.y.forEach((value, k) => expect(Math.abs(got[k] - value)).toBeLessThan(1e-6));
});
