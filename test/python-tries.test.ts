import { describe, expect, test } from "vitest";
import { parsePython } from "../src/parser/python/index.ts";

const HEAD = `import keras, sys
from keras import layers
from elsewhere import read
words = ["a", "b"]
table = {"units": 4}
n = 3
`;
function unitsOf(lines: string, units: string): unknown {
  const model = `model = keras.Sequential([keras.Input((4,)), layers.Dense(${units})])\n`;
  return parsePython(`${HEAD}${lines}\n${model}`).spec.layers.at(-1)!.config.units;
}
const NOT_READ = /This value comes from line \d+, which is not read/;

describe("names by globals()", () => {
  test.each<[string, string, string, number]>([
    ["read", "", 'globals()["n"]', 3],
    ["read by get", "", 'globals().get("m", 7)', 7],
    ["asked for", "", '5 if "n" in globals() else 6', 5],
    ["asked for what is not there", "", '5 if "model" in globals() else 6', 6],
    ["set", 'globals()["n"] = 8', "n", 8],
    ["set by update", 'globals().update({"n": 9})', "n", 9],
    ["set in a loop", 'for k in ("p", "q"):\n    globals()[k] = len(k) + 1', "q", 2],
    ["changed in place", 'globals()["words"].append("c")', "len(words)", 3],
    ["set in a function", 'def change():\n    globals()["n"] = 6\nchange()', "n", 6],
    [
      "a local of the same name stays",
      'def change():\n    n = 1\n    globals()["n"] = 6\n    return n\nm = change()',
      "m",
      1,
    ],
    ["locals() at the top are the same", 'locals()["n"] = 12', "n", 12],
    ["locals() of a function", 'def of(a, b=2):\n    return locals()["a"] + locals()["b"]', "of(4)", 6],
    ["kept under a name", 'g = globals()\ng["n"] = 5', "n", 5],
    ["a class by its name", "Dense = layers.Dense", 'globals()["Dense"](7).units', 7],
  ])("%s", (_, lines, units, expected) => expect(unitsOf(lines, units)).toBe(expected));

  test("a class of a star import", () => {
    const lines = 'from keras.layers import *\nmodel = keras.Sequential([globals()["Dense"](5)])\n';
    expect(parsePython(`import keras\n${lines}`).spec.layers[0].config.units).toBe(5);
  });

  test("a name that is not there is refused", () => {
    expect(() => unitsOf("", 'globals()["m"]')).toThrow(/8:\d+: The name m is not defined/);
  });

  test("what --define gives stays", () => {
    const source = `${HEAD}globals()["n"] = 8\nmodel = keras.Sequential([layers.Dense(n)])\n`;
    expect(parsePython(source, { define: { n: 2 } }).spec.layers[0].config.units).toBe(2);
  });

  test.each<[string, string, string]>([
    ["a branch appends", 'if read():\n    globals()["words"].append(1)', "len(words)"],
    ["a branch sets", 'if read():\n    globals()["n"] = 4', "n"],
    ["a branch sets by update", "if read():\n    globals().update(read())", "n"],
    ["a branch sets an unknown name", "if read():\n    globals()[read()] = 4", "n"],
    ["a line sets an unknown name", "globals()[read()] = 4", "n"],
    [
      "a branch changes what a dict holds",
      'if read():\n    globals()["table"]["units"] += 1',
      'table["units"]',
    ],
    [
      "a branch keeps it under a name",
      'if read():\n    g = globals()\n    g["words"].append(3)',
      "len(words)",
    ],
    ["a function that may be called sets", 'def f():\n    globals()["n"] = 4\nread(f)', "n"],
    [
      "a function that may be called appends",
      'def f():\n    globals()["words"].append(1)\nread(f)',
      "len(words)",
    ],
    [
      "a function with a local of that name",
      'def f():\n    words = []\n    globals()["words"].append(1)\nread(f)',
      "len(words)",
    ],
    ["locals() at the top", 'if read():\n    locals()["n"] = 4', "n"],
  ])("%s", (_, lines, units) => expect(() => unitsOf(lines, units)).toThrow(NOT_READ));
});

describe("handlers that may run", () => {
  test.each<[string, string, string]>([
    ["a handler appends", "try:\n    read()\nexcept ValueError:\n    words.append(1)", "len(words)"],
    ["a handler sets", "try:\n    read()\nexcept:\n    n = 5", "n"],
    ["a handler sets what the body sets", "try:\n    read()\n    n = 5\nexcept:\n    n = 6", "n"],
    ["a handler of an import", "try:\n    import wandb\n    n = 5\nexcept ImportError:\n    n = 6", "n"],
    ["a file that may be missing", 'try:\n    f = open("x")\nexcept OSError:\n    n = 6', "n"],
    [
      "an item that may be missing",
      "try:\n    read.x[1]\nexcept (KeyError, IndexError) as e:\n    n = 6",
      "n",
    ],
    [
      "a handler answers",
      "def f():\n    try:\n        read()\n        return 3\n    except Exception:\n        return 4",
      "f()",
    ],
  ])("%s", (_, lines, units) => expect(() => unitsOf(lines, units)).toThrow(NOT_READ));

  test("one that builds layers is refused", () => {
    const lines = "try:\n    read()\nexcept ValueError:\n    extra = layers.Dense(3)";
    expect(() => unitsOf(lines, "n")).toThrow(/What is built here depends on a value that is not known/);
  });

  test.each<[string, string, string, number]>([
    ["nothing in the body can go wrong", "try:\n    m = n + 1\nexcept:\n    n = 5", "n", 3],
    ["a print", "try:\n    print(n)\n    import numpy as np\nexcept ImportError:\n    n = 5", "n", 3],
    [
      "a handler of imports, none of which is strange",
      "try:\n    read()\nexcept ImportError:\n    n = 5",
      "n",
      3,
    ],
    [
      "a handler that only prints",
      'try:\n    read()\nexcept ValueError as e:\n    print("failed", e)',
      "n",
      3,
    ],
    [
      "else and finally",
      "try:\n    n = 4\nexcept:\n    n = 5\nelse:\n    n += 2\nfinally:\n    n += 1",
      "n",
      7,
    ],
    [
      "an import that Keras does not have",
      "try:\n    from keras.layers import CuDNNLSTM\n    n = 4\nexcept ImportError:\n    n = 5\nfinally:\n    n += 1",
      "n",
      6,
    ],
    [
      "a module that Keras does not have",
      "try:\n    import keras.nothing\nexcept (ImportError, KeyError):\n    n = 5",
      "n",
      5,
    ],
  ])("are passed over: %s", (_, lines, units, expected) => expect(unitsOf(lines, units)).toBe(expected));

  test("an import that fails and nobody catches is an error", () => {
    const lines = "try:\n    from keras.layers import Nothing\nexcept ValueError:\n    n = 5";
    expect(() => unitsOf(lines, "n")).toThrow(/keras.layers has no name Nothing/);
  });
});

describe("exceptions that Python raises", () => {
  test.each<[string, string]>([
    [
      "after what may go wrong in another way",
      "try:\n    read()\n    n = int('x')\nexcept OSError:\n    n = 4\nexcept ValueError:\n    n = 5",
    ],
    [
      "where a handler is of a type that nobody knows",
      "try:\n    n = int('x')\nexcept read.Error:\n    n = 4\nexcept ValueError:\n    n = 5",
    ],
    [
      "of an own class whose bases may be caught",
      "class E(ValueError):\n    pass\ntry:\n    raise E()\nexcept ValueError:\n    n = 5",
    ],
    ["of a value", "try:\n    raise read()\nexcept ValueError:\n    n = 5"],
    ["that a handler raises again", "try:\n    int('x')\nexcept ValueError:\n    raise"],
    ["that is not caught", "try:\n    n = {}['a']\nexcept ValueError:\n    n = 5"],
    ["by digits of other scripts", "try:\n    n = int('\u0663')\nexcept ValueError:\n    n = 5"],
  ])("%s are refused", (_, lines) => expect(() => unitsOf(lines, "n")).toThrow(/^\d+:\d+: /));

  test("what a caught one is, is not known", () => {
    expect(() => unitsOf("try:\n    int('x')\nexcept ValueError as e:\n    n = e", "n")).toThrow(NOT_READ);
  });

  test("a mistake of Keras is told when the model is built, not caught", () => {
    const lines = "try:\n    layer = layers.Dense(0.5)\nexcept ValueError:\n    layer = layers.Dense(3)";
    expect(unitsOf(lines, "layer.units")).toBe(0.5);
  });

  test("those caught in a loop are bounded", () => {
    const lines = "while True:\n    try:\n        int('x')\n    except ValueError:\n        layers.Dense(1)";
    expect(() => unitsOf(lines, "n")).toThrow(/go round too often/);
  });
});
