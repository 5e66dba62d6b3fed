import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ModelError } from "../src/diagnostics.ts";
import { parsePython } from "../src/parser/python/index.ts";

const folder = new URL("../fixtures/python/errors/", import.meta.url);
const cases = readdirSync(folder).filter((name) => name.endsWith(".py"));

function errorOf(source: string, file?: string): ModelError {
  try {
    parsePython(source, { file });
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  throw new Error("no error");
}

describe("what is wrong, where, and the way out", () => {
  it("has enough cases", () => expect(cases.length).toBeGreaterThanOrEqual(55));
  it.each(cases)("%s", async (name) => {
    const source = readFileSync(new URL(name, folder), "utf8");
    const text = fileURLToPath(new URL(name.replace(".py", ".txt"), folder));
    await expect(`${errorOf(source, name).message}\n`).toMatchFileSnapshot(text);
  });
  it("never speaks of the grammar's own names", () => {
    const texts = cases.map((name) => readFileSync(new URL(name.replace(".py", ".txt"), folder), "utf8"));
    expect(texts.join("\n")).not.toMatch(/Kw_|NoViableAlt|Mismatched|Newline|Dedent|Indent\b/);
  });
});

describe("hostile sources get an error, quickly", () => {
  const many = (text: string, n: number): string => text.repeat(n);
  it.each<[string, string, string]>([
    ["a long source", "#".repeat(2 ** 20 + 1), "python-size"],
    ["deep brackets", many("(", 300), "python-nesting"],
    ["many tokens", many("x = 1\n", 100_000), "python-size"],
    ["many errors", many("x = = 1\n", 1000), "python-syntax"],
    ["a long chain of attributes", `import numpy as np\nx = np${many(".a", 50_000)}`, "python-name"],
    ["a chain of signs", `x = ${many("-", 50_000)}1`, "python-model"],
    ["a chain of choices", `x = ${many("1 if 0 else ", 20_000)}2`, "python-model"],
    ["a list that holds itself", "x = [1]\nx.append(x)\nprint(x)\ny = f'{x}'", "python-size"],
    ["a list that doubles", `x = [1]\n${many("x = x + x\n", 60)}`, "python-size"],
    [
      "a list that holds the same list twice",
      `x = [1]\n${many("x = [x, x]\n", 90)}y = f'{x}'`,
      "python-size",
    ],
    ["a large number", "x = 9 ** 9 ** 9 ** 9", "python-number"],
    [
      "a loop in a loop",
      "import keras\nfor i in range(200):\n  for j in range(200):\n    x = keras.layers.Dense(i + 1)",
      "python-loop",
    ],
    ["a loop without end that makes nothing", "while True:\n  pass", "python-model"],
    ["many holes", `x = f'${many("{x}", 10_000)}'`, "python-name"],
    ["a text that never ends", `x = """${many("\n", 100_000)}`, "python-string"],
    [
      "prototype keys",
      "import keras\nx = keras.layers.__proto__\ny = keras.layers.constructor()",
      "python-name",
    ],
  ])("%s", (_name, source, code) => {
    expect(errorOf(source).code).toBe(code);
  });
  it("builds deep models", () => {
    const { spec } = parsePython(
      "import keras\nx = i = keras.Input((1,))\nfor k in range(5000): x = keras.layers.Dense(1)(x)\nmodel = keras.Model(i, x)",
    );
    expect(spec.layers.length).toBe(5001);
  });
  it("answers any words with a model or with errors that have a place", () => {
    const words = [
      "x",
      "=",
      "keras",
      ".",
      "(",
      ")",
      "[",
      "]",
      "1",
      "'a'",
      ",",
      "\n",
      "  ",
      "for",
      "in",
      "if",
      ":",
      "def",
      "*",
      "**",
      "-",
      "import",
      "layers",
      "Dense",
      "f'{x}'",
      "lambda",
      "not",
    ];
    const source = fc
      .array(fc.constantFrom(...words), { maxLength: 30 })
      .map((list) => `import keras\n${list.join(" ")}`);
    fc.assert(
      fc.property(source, (text) => {
        const error = errorOf(text);
        return error.errors.every(
          (e) => e.code === "python-model" || (e.at?.line !== undefined && e.at.column !== undefined),
        );
      }),
      { numRuns: 200 },
    );
  });
});
