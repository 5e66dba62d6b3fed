import { describe, expect, test } from "vitest";
import { parsePython } from "../src/parser/python/index.ts";

const HEAD = `import keras
import numpy as np
from keras import layers
from elsewhere import read
sizes = np.array([4, 6])
`;
function unitsOf(lines: string, units: string): unknown {
  const model = `model = keras.Sequential([keras.Input((4,)), layers.Dense(${units})])\n`;
  return parsePython(`${HEAD}${lines}\n${model}`).spec.layers.at(-1)!.config.units;
}

describe("numbers of small arrays", () => {
  test.each<[string, string, number]>([
    ["", "int(sizes[-1])", 6],
    ["", "sum(sizes.tolist())", 10],
    ["", "int(sum(sizes))", 10],
    ["", "int(max(sizes))", 6],
    ["", "int(np.mean(sizes))", 5],
    ["", "[1, 2, 3, 4, 5][sizes[0]]", 5],
    ["", "len(range(sizes[0]))", 4],
    ["", "int(sizes[0] * sizes[1])", 24],
    ["", "int(sizes.reshape(2, 1)[1, 0])", 6],
    ["", "int(sorted(sizes, reverse=False)[0]) if False else 3", 3],
    ["", "int('%d' % sizes[0])", 4],
    ["total = 0\nfor n in sizes:\n    total += n", "int(total)", 10],
    ["sizes *= 2", "int(sizes[0])", 8],
  ])("%s %s", (lines, units, expected) => expect(unitsOf(lines, units)).toBe(expected));

  test.each<[string, string, string]>([
    ["an item is set", "sizes[0] = 9", "int(sizes[0])"],
    ["a view is changed", "part = sizes[:1]\npart += 1", "int(sizes[0])"],
    ["a branch sets an item", "if read():\n    sizes[0] = 9", "int(sizes[0])"],
    ["a function that may be called sets an item", "def f():\n    sizes[0] = 9\nread(f)", "int(sizes[0])"],
    ["a function that may be called fills it", "def f():\n    sizes.fill(9)\nread(f)", "int(sizes[0])"],
    ["an unknown function has it", "read(sizes)", "int(sizes[0])"],
    ["it is shuffled", "np.random.shuffle(sizes)", "int(sizes[0])"],
    ["it is random", "sizes = np.random.randint(1, 9, 2)", "int(sizes[0])"],
    ["it is large", "sizes = np.arange(300)", "int(sizes[4])"],
    ["float32 as text", "", "len(str(np.float32(0.1)))"],
  ])("are not known where %s", (_, lines, units) => {
    expect(() => unitsOf(lines, units)).toThrow(/is not read|is not known/);
  });

  test("an index that does not exist", () => {
    expect(() => unitsOf("", "int(sizes[5])")).toThrow(/not known/);
  });

  test("looping over them again and again ends", () => {
    const lines = "for a in range(9000):\n    for n in np.arange(200):\n        x = int(n) + int(n)";
    expect(() => unitsOf(lines, "x")).toThrow(/too often|too large|too many|not read/);
  });
});

describe("names of Keras's modules", () => {
  test.each<[string, number]>([
    ["3 if hasattr(keras.layers, 'Dense') else 5", 3],
    ["3 if hasattr(layers, 'CuDNNLSTM') else 5", 5],
    ["3 if hasattr(keras, 'ops') else 5", 3],
    ["3 if hasattr(keras.optimizers, 'legacy') else 5", 3],
    ["getattr(layers, 'GroupNorm', None) or 7", 7],
    ["getattr(layers, 'Nothing', layers.Dense)(6).units", 6],
  ])("%s", (units, expected) => expect(unitsOf("", units)).toBe(expected));

  test.each([
    "3 if hasattr(keras, '_x') else 5",
    "3 if hasattr(np, 'prod') else 5",
    "3 if hasattr(keras, 'src') else 5",
  ])("nobody knows %s", (units) => expect(() => unitsOf("", units)).toThrow(/is not read/));
  test("Keras 2 has other names", () => {
    const lines = "import tf_keras\nn = 3 if hasattr(keras.layers, 'CuDNNLSTM') else 5";
    expect(() => unitsOf(lines, "n")).toThrow(/is not read/);
  });
});
