import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

const folder = new URL("../fixtures/fresh-optimizers/", import.meta.url);
interface Outcome {
  readonly losses: readonly number[];
  readonly weights: readonly (readonly number[])[];
}
const { x, y, cases } = JSON.parse(readFileSync(new URL("expected.json", folder), "utf8")) as {
  x: number[][];
  y: number[][];
  cases: Record<string, Outcome>;
};

/** Keras 3.15 reads nothing of an optimizer that had no slots yet: it starts from the configuration. */
test.each(Object.entries(cases))("%s, compiled and saved before its first step", async (name, wanted) => {
  const model = await loadModel(readFileSync(new URL(`${name}.keras`, folder)));
  for (const loss of wanted.losses) expect(model.trainOnBatch(x, y)).toBeCloseTo(loss, 6);
  model.getWeights().forEach(({ data }, k) => {
    expect(data).toHaveLength(wanted.weights[k].length);
    wanted.weights[k].forEach((value, i) => expect(data[i]).toBeCloseTo(value, 6));
  });
});
