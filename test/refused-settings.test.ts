import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ModelError } from "../src/diagnostics.ts";
import { parsePython } from "../src/parser/python/index.ts";

const CASES = JSON.parse(readFileSync("fixtures/python/settings.json", "utf8")) as readonly {
  readonly snippet: string;
  readonly refused: string | null;
}[];
const said = (snippet: string): string => snippet.trim().split("\n").at(-1)!;

function refusal(snippet: string): ModelError | undefined {
  try {
    parsePython(snippet);
    return undefined;
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
}

describe("what Keras refuses when a snippet runs is refused in its line, and nothing else is", () => {
  test.each(CASES.map((one) => [said(one.snippet), one] as const))("%s", (_said, { snippet, refused }) => {
    const error = refusal(snippet);
    expect(error === undefined).toBe(refused === null);
    if (error) expect(error.errors[0].at?.line).toBe(4);
  });
});

const HEAD = `import keras
from keras import optimizers as O
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
`;

describe("the argument that is at fault is shown", () => {
  test.each<[string, number, RegExp]>([
    ["O.SGD(momentum=1.5)", 30, /SGD does not take this momentum.*0 to 1.*1\.5/],
    ["O.SGD(momentum=1)", 30, /write 1\.0/],
    ["O.Adam(0.1, lerning_rate=1)", 27, /Did you mean learning_rate/],
    ["O.SGD(O.schedules.CosineDecay(0.1, 0))", 50, /CosineDecay does not take this decay_steps/],
    ["O.SGD(O.schedules.ExponentialDecay(0.1))", 33, /needs decay_steps/],
  ])("%s", (optimizer, column, message) => {
    const error = refusal(`${HEAD}model.compile(${optimizer}, "mse")`)!;
    expect(error.message).toMatch(message);
    expect(error.errors[0].at?.column).toBe(column);
  });

  test("old names are taken, but not asked for", () => {
    const error = refusal(`${HEAD}model.compile(O.Adam(lr=0.1, bta_1=0.9, decay=1e-6), "mse")`)!;
    expect(error.message).toMatch(
      /no argument bta_1.*gradient_accumulation_steps, name\. Did you mean beta_1/,
    );
    const input = refusal("import keras\nx = keras.Input(shpe=(3,))")!;
    expect(input.message).not.toMatch(/batch_input_shape|input_tensor/);
  });
});

describe("names that no Keras has", () => {
  const compile = 'model.compile("sgd", loss="msee", metrics=["acuracy"])\n';
  test("are noted where the model is compiled, as Keras looks them up later", () => {
    const { notes } = parsePython(`${HEAD}${compile}`);
    expect(notes.map(({ message }) => message).join("\n")).toMatch(
      /"msee" is unknown.*[^]*"acuracy" is unknown.*/,
    );
  });
  test("are refused where the model is run", () => {
    const error = refusal(`${HEAD}${compile}model.fit(x, y)\n`)!;
    expect(error.errors.map(({ at }) => at?.line)).toEqual([4, 4]);
  });
  test("may be names of the snippet", () => {
    const own = "def mine(y, p):\n  return y - p\n";
    expect(
      parsePython(`${HEAD}${own}model.compile("sgd", mine, metrics=[mine])\nmodel.fit(x, y)`).notes,
    ).toEqual([]);
  });
});
