import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

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
