import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { build } from "../src/ir/build.ts";
import { summarize, type SummaryOptions } from "../src/ir/summary.ts";
import { loadModel } from "../src/node/index.ts";
import { parsePython } from "../src/parser/python/index.ts";

interface Printed {
  readonly name: string;
  readonly snippet: string;
  /** Null where Keras refuses the snippet. */
  readonly text: string | null;
}
const CASES = JSON.parse(readFileSync("fixtures/python/strangers.json", "utf8")) as readonly Printed[];
const summaryOf = async (snippet: string): Promise<string> =>
  (await loadModel(snippet, { seed: 0 })).summary();

describe("snippets as people write them", () => {
  test.each(CASES.filter(({ text }) => text !== null))("$name", ({ snippet, text }) => {
    const { spec, summary = {} } = parsePython(snippet);
    const asked = Object.entries(summary).filter(([, value]) => value !== null);
    expect(summarize(build(spec), Object.fromEntries(asked) as SummaryOptions).trimEnd()).toBe(
      text!.trimEnd(),
    );
  });

  test.each<[string, RegExp]>([
    ["a float", /3:59: Dense takes no float for units.*10\.0.*int\(…\)/],
    ["half of an int", /4:59: Dense takes no float for units.*32\.0.*\/\//],
    ["words of Keras 1", /3:61: Dropout "dropout" has no option p.*Keras calls it rate/],
  ])("%s is refused as Keras refuses it", async (name, message) => {
    const { snippet, text } = CASES.find((one) => one.name === name)!;
    expect(text).toBeNull();
    await expect(summaryOf(snippet)).rejects.toThrow(message);
  });

  test("half of an int is whole for Keras 2", async () => {
    const { snippet } = CASES.find((one) => one.name === "half of an int")!;
    expect(
      await summaryOf(
        snippet
          .replace("import keras\nfrom keras", "import tf_keras\nfrom tf_keras")
          .replace("keras.Seq", "tf_keras.Seq")
          .replace("keras.Input", "tf_keras.Input"),
      ),
    ).toMatch(/\(None, 32\)/);
  });

  test.each([1, -1])("%i, 0 and None are flags", async (yes) => {
    const text = await summaryOf(
      `import keras\nmodel = keras.Sequential([keras.Input((5, 3)), keras.layers.LSTM(4, return_sequences=${yes}, use_bias=0), keras.layers.Dense(3, use_bias=None)])\n`,
    );
    expect(text).toMatch(/\(None, 5, 4\) +│ +112 .*\(None, 5, 3\) +│ +12 /s);
  });
});
