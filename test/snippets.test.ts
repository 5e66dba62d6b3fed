import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { SummaryOptions } from "../src/ir/summary.ts";
import { loadModel } from "../src/node/index.ts";

interface Printed {
  readonly name: string;
  readonly snippet: string;
  readonly keras: string;
  readonly options: SummaryOptions;
  readonly text: string;
}
interface Fitted {
  readonly name: string;
  readonly snippet: string;
  readonly iterations: number;
  readonly text: string;
}
/** What Keras prints. */
const { printed, fitted } = JSON.parse(readFileSync("fixtures/python/snippets.json", "utf8")) as {
  readonly printed: readonly Printed[];
  readonly fitted: readonly Fitted[];
};

describe("snippets print what they print in Keras", () => {
  test.each(printed)("$name, Keras $keras", async ({ snippet, keras, options, text }) => {
    const model = await loadModel(snippet);
    expect(model.summary({ keras, ...options }).trimEnd()).toBe(text.trimEnd());
  });
});

describe("nothing to train", () => {
  const x = { shape: [4, 3], dtype: "float32", data: new Float32Array(12).fill(1) } as const;
  test.each(fitted)("$name: fit leaves the optimizer unbuilt", async ({ snippet, iterations, text }) => {
    const model = await loadModel(snippet);
    await model.fit(x, x, { batch_size: 2, epochs: 2, verbose: 0 });
    expect(model.summary().trimEnd()).toBe(text.trimEnd());
    expect(model.optimizer!.variables[0].data[0]).toBe(iterations);
    model.trainOnBatch(x, x);
    expect(model.summary().trimEnd()).toBe(text.trimEnd());
  });
});

test("a file of a frozen model prints its nested input as frozen", async () => {
  const { snippet, options, text } = printed[0];
  const json = await (await loadModel(snippet)).toBytes("json");
  const names = /input_layer(_1)?|input_[12]/g;
  const found = (await loadModel(json)).summary({ keras: "2.15", ...options });
  const letters = (lines: string): string[] =>
    lines.split("\n").flatMap((line) => / ([YN]) +\|?$/.exec(line)?.[1] ?? []);
  expect(found).toMatch(names);
  expect(letters(found)).toEqual(letters(text));
});
