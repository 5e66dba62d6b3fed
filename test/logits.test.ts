import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";
import { type Noted, tensor } from "./noted.ts";

interface Case {
  readonly name: string;
  readonly config: object;
  readonly loss: "binary_crossentropy" | "categorical_crossentropy";
  readonly weights: readonly Noted[];
  readonly x: Noted;
  readonly y: Noted;
  readonly evaluated: number;
  readonly losses: readonly number[];
}

const cases = JSON.parse(readFileSync("fixtures/training/logits.json", "utf8")) as Case[];
const near = (value: unknown, wanted: number): void =>
  expect(Math.abs((value as number) - wanted)).toBeLessThan(2e-6 * Math.max(1, wanted));

/** Keras takes a crossentropy of what sigmoid was taken of, where the very tensor that sigmoid gave reaches the loss. */
describe.each(["interpret", "wasm"] as const)("crossentropies behind other layers, %s", (engine) => {
  test.each(cases)("$name", async ({ config, loss, weights, x, y, evaluated, losses }) => {
    const model = await loadModel(JSON.stringify(config), { engine });
    model.setWeights(weights.map(tensor));
    const class_name = loss === "binary_crossentropy" ? "BinaryCrossentropy" : "CategoricalCrossentropy";
    model.compile({ optimizer: "sgd", loss: { class_name, config: { from_logits: true } } });
    near(model.evaluate(tensor(x), tensor(y)), evaluated);
    for (const wanted of losses) near(model.trainOnBatch(tensor(x), tensor(y)), wanted);
  });
});
