import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

interface Case {
  readonly name: string;
  readonly config: unknown;
  readonly loss: string;
  readonly x: number[][];
  readonly y: number[][];
  readonly before: readonly unknown[];
  readonly value: number;
  /** The same with sample weights. */
  readonly weighted: number;
  readonly after: readonly unknown[];
}

const cases = JSON.parse(readFileSync("fixtures/older-losses.json", "utf8")) as readonly Case[];

const WEIGHTS = [1, 0, 2, 0.5];

const near = (found: number, wanted: number): void =>
  expect(Math.abs(found - wanted)).toBeLessThan(2e-6 * Math.max(1, Math.abs(wanted)));
const numbers = (nest: unknown): number[] => [nest].flat(9) as number[];

test.each(cases.map((one) => [one.name, one] as const))(
  "%s",
  async (_name, { config, loss, x, y, before, value, weighted, after }) => {
    const model = await loadModel(JSON.stringify(config), { seed: 1 });
    model.setWeights(before);
    model.compile({ optimizer: { class_name: "SGD", config: { learning_rate: 0.125 } }, loss });
    near(Number(model.evaluate(x, y, { verbose: 0 })), value);
    near(Number(model.evaluate(x, y, { sample_weight: WEIGHTS, verbose: 0 })), weighted);
    await model.fit(x, y, { shuffle: false, verbose: 0 });
    const trained = model.weights.flatMap(({ data }) => [...data]);
    const wanted = numbers(after);
    expect(trained).toHaveLength(wanted.length);
    trained.forEach((w, k) => near(w, wanted[k]));
  },
);
