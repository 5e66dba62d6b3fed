import { describe, expect, test } from "vitest";
import type { ModelError } from "../src/diagnostics.ts";
import { loadModel } from "../src/node/index.ts";
import { parsePython } from "../src/parser/python/index.ts";

const MODEL = "import keras, numpy as np\nm = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])\n";
const read = (line: string) => parsePython(`${MODEL}${line}\n`);
const deep = (n: number): string => `a = f"{${"(".repeat(n)}1${")".repeat(n)}}"`;

/** As Keras 3.15 and tf-keras 2.21 do at `compile`: losses and metrics are looked up later. */
describe("the optimizer of compile is looked up at once", () => {
  test.each([
    ["optimizer='foo'", /3:21: The optimizer "foo" is unknown/],
    ["optimizer='Adma'", /Did you mean "Adam"/],
    ["optimizer=3", /3:21: This is no optimizer/],
    ["optimizer={'class_name': 'Foo', 'config': {}}", /"Foo" is unknown/],
    ["optimizer='LossScaleOptimizer'", /"LossScaleOptimizer" is unknown/],
    ["optimizer='lamb'", /"lamb" is unknown/],
    ["optimizer=keras.losses.MeanSquaredError()", /"MeanSquaredError" is unknown/],
  ])("%s is refused", (settings, message) => {
    expect(() => read(`m.compile(${settings})`)).toThrow(message);
  });
  test.each(["optimizer='ADAM'", "optimizer=None", "optimizer=opt, loss='foo', metrics=['foo']"])(
    "%s is read",
    (settings) => expect(read(`opt = np.load("x")\nm.compile(${settings})`).spec).toBeDefined(),
  );
  test("one that only Keras has is a note of the model, which can do all but train", async () => {
    const { notes } = await loadModel(`${MODEL}m.compile('Muon', loss='mse')\n`);
    expect(notes.map(({ message }) => message).join()).toMatch(
      /cannot be trained: The optimizer "Muon" is unknown or not supported/,
    );
  });
});

describe("brackets in f-strings nest as deeply as others", () => {
  test("100 levels are read", () => expect(read(deep(100)).spec).toBeDefined());
  test.each([201, 400, 5000])("%i levels are refused with their place and the limit", (n) => {
    expect(() => read(deep(n))).toThrow(
      /3:\d+: Brackets are nested too deeply\. Expected: at most 200 levels/,
    );
  });
});

test.each([
  ["'%99999999d' % 3", /too many characters. Expected: a width of at most 9999/],
  ["'%-99999999s' % 'x'", /a width of at most 9999/],
  ["'%.99999999f' % 3.0", /a precision of at most 999/],
  ["'%*d' % (99999999, 3)", /a width of at most 9999/],
  ["f'{3:99999999d}'", /a width of at most 9999/],
  ["'{:.99999999}'.format(3.5)", /a precision of at most 999/],
])("%s asks for too much", (text, message) => expect(() => read(`a = ${text}`)).toThrow(message));

/** Keras asks each of them for its shape. */
test.each(["3", "'a'", "[]", "[[1]]", "{}", "True"])("weights=%s of an Embedding are refused", (weights) => {
  expect(() => read(`e = keras.layers.Embedding(4, 3, weights=${weights})`)).toThrow(
    /no weights of Embedding/,
  );
});

/** Lines that ask for a shape meet the problems of the layers before them, in models around those. */
test.each([
  ["of the model", "a = keras.layers.Dense(m.output_shape[1])\nb = keras.layers.Dense(m.output_shape[1])"],
  ["of a model around it", "x = m(keras.Input((4,)))\nb = keras.layers.Dense(x.shape[1])"],
])("a problem is said once where lines ask for the shape %s", (_, lines) => {
  const wrong = MODEL.replace("Dense(3)", "Dense(3, foo=2)");
  try {
    parsePython(`${wrong}${lines}\n`);
    expect.unreachable();
  } catch (error) {
    const said = (error as ModelError).errors.filter(({ message }) => message.includes("no option"));
    expect(said).toHaveLength(1);
  }
});
