import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { summarize } from "../src/ir/summary.ts";
import { build } from "../src/ir/build.ts";
import { parsePython } from "../src/parser/python/index.ts";

/** What older Kerases print of the same snippets, or null where they refuse them: fixtures/snippets-older.py. */
interface Printed {
  readonly name: string;
  readonly snippet: string;
  readonly printed: Readonly<Record<string, string | null>>;
}
const CASES = JSON.parse(readFileSync("fixtures/python/older.json", "utf8")) as readonly Printed[];
const summaryOf = (snippet: string, keras: string): string =>
  summarize(build(parsePython(snippet, { keras }).spec), { keras });
const runs = CASES.flatMap(({ name, snippet, printed }) =>
  Object.entries(printed).map(([keras, text]) => ({ name, snippet, keras, text })),
);

describe("a snippet prints what that Keras prints", () => {
  test.each(runs.filter(({ text }) => text !== null))("$keras: $name", ({ snippet, keras, text }) => {
    expect(summaryOf(snippet, keras).trimEnd()).toBe(text!.trimEnd());
  });
  test.each(runs.filter(({ text }) => text === null))("$keras: refused: $name", ({ snippet, keras }) => {
    expect(() => summaryOf(snippet, keras)).toThrow();
  });
});

describe("words of Keras 1 in Keras 2.0 to 2.3", () => {
  const model = (layer: string, from = "keras"): string =>
    `from ${from}.models import Sequential\nfrom ${from}.layers import *\nmodel = Sequential([${layer}])\n`;

  test.each<[string, RegExp]>([
    [
      "Conv2D(8, 3, 3, strides=2, input_shape=(9, 9, 3))",
      /3:34: Conv2D takes no third argument beside strides/,
    ],
    [
      "Conv2D(8, (3, 3), 2, input_shape=(9, 9, 3))",
      /3:39: Conv2D has too many arguments.*filters, kernel_size/,
    ],
    ["Dense(4, 'relu', input_dim=3)", /3:30: Dense has too many arguments/],
    ["BatchNormalization(mode=1, input_shape=(3,))", /3:45: BatchNormalization has no modes any more/],
  ])("refused: %s", (layer, text) => {
    expect(() => summaryOf(model(layer), "2.3.1")).toThrow(text);
  });

  test("the Keras inside of TensorFlow never took them", () => {
    const conv = "Conv2D(8, 3, 3, input_shape=(16, 16, 3))";
    expect(summaryOf(model(conv), "2.2.4")).toContain("(None, 14, 14, 8)");
    expect(summaryOf(model(conv, "tensorflow.keras"), "2.2.4")).toContain("(None, 5, 5, 8)");
    expect(summaryOf(model(conv), "2.15")).toContain("(None, 5, 5, 8)");
  });

  test("fit takes nb_epoch", () => {
    const snippet = `${model("Dense(2, input_dim=3)")}model.fit(None, None, nb_epoch=7)\n`;
    expect(parsePython(snippet, { keras: "2.2.4" }).fit?.epochs).toBe(7);
    expect(() => parsePython(snippet, { keras: "2.15" })).toThrow(/epochs since version 2/);
  });
});
