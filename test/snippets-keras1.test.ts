import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { summarize } from "../src/ir/summary.ts";
import { build } from "../src/ir/build.ts";
import { parsePython } from "../src/parser/python/index.ts";

interface Printed {
  readonly name: string;
  readonly snippet: string;
  readonly text: string;
}
const CASES = JSON.parse(readFileSync("fixtures/python/keras1.json", "utf8")) as readonly Printed[];
const summaryOf = (snippet: string, keras = "1.2"): string => {
  return summarize(build(parsePython(snippet, { keras }).spec), { keras });
};

describe("snippets in the words of Keras 1 print what it prints", () => {
  test.each(CASES)("$name", ({ snippet, text }) => {
    expect(summaryOf(snippet).trimEnd()).toBe(text.trimEnd());
  });
});

const model = (...layers: string[]): string =>
  `from keras.models import *\nfrom keras.layers import *\nmodel = Sequential()\n${layers.map((layer) => `model.add(${layer})\n`).join("")}`;

describe("what Keras 1 has not is refused", () => {
  test.each<[string, string, RegExp]>([
    ["today's words", model("Dense(units=3, input_dim=2)"), /4:17: Dense of Keras 1 has no argument units/],
    [
      "another mode",
      model("Dense(3, input_dim=2)", "BatchNormalization(mode=2)"),
      /5:11: The option mode of /,
    ],
    ["a layer of its own", model("MaxoutDense(3, input_dim=2)"), /MaxoutDense .* not supported/],
    ["Highway", model("Dense(3, input_dim=2)", "Highway()"), /Highway .* not supported/],
    [
      "models side by side",
      model("Merge([Sequential(), Sequential()], mode='sum')"),
      /A Merge of models side by side/,
    ],
  ])("%s", (_, snippet, text) => {
    expect(() => summaryOf(snippet)).toThrow(text);
  });

  test("words of Keras 1 are refused by today's, with today's name", () => {
    expect(() => summaryOf(model("Dense(3, input_dim=2, init='uniform')"), "3")).toThrow(
      /4:33: Dense "dense" has no option init. .*kernel_initializer/,
    );
  });
});
