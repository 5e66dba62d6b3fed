import { describe, expect, test } from "vitest";
import { parsePython } from "../src/parser/python/index.ts";

const HEAD = `import keras, os
from keras import layers
from elsewhere import read, decorate
found = os.path.exists("a")
class Builder:
    sizes = [1]
    total = 0
    def __init__(self, units=3):
        self.units = units
        self.parts = []
    def widen(self):
        self.units = 8
    def count(self):
        Builder.total += 1
        self.sizes.append(2)
    def log(self):
        return self.units
    def model(self):
        self.made = keras.Sequential([keras.Input((4,)), layers.Dense(self.units)])
        return self.made
    def grow(self):
        self.made.add(layers.Dense(2))
b = Builder()
`;
const unitsOf = (lines: string, units: string): unknown =>
  parsePython(
    `${HEAD}${lines}\nmodel = keras.Sequential([keras.Input((4,)), layers.Dense(${units})])\n`,
  ).spec.layers.at(-1)!.config.units;
const NOT_READ = /This value comes from line \d+, which is not read/;

describe("classes of one's own that are layers or models", () => {
  const NET = "class Net(keras.Model):\n    def call(self, x):\n        return x\n";
  const SCALE = "class Scale(layers.Layer):\n    def call(self, x):\n        return x * 2\n";
  const DENSE = "model = keras.Sequential([keras.Input((4,)), layers.Dense(3)])\n";
  const read = (lines: string) => parsePython(`import keras\nfrom keras import layers\n${lines}`);
  test.each<[string, string]>([
    ["a layer", SCALE],
    ["a model", NET],
    ["one of another", `${SCALE}class Twice(Scale):\n    pass\n`],
    ["one that only a function uses that is not called", `${NET}def build():\n    return Net()\n`],
  ])("%s may stand there unused", (_, lines) => {
    const { spec, notes } = read(`${lines}${DENSE}`);
    expect(spec.layers.map(({ name }) => name)).toEqual(["input_layer", "dense"]);
    expect(notes[0].message).toMatch(/^Not read: class (Scale|Net)/);
  });
  test.each<[string, string, RegExp]>([
    [
      "in a model",
      `${SCALE}model = keras.Sequential([Scale()])\n`,
      /3:13: Scale is a subclass of keras.layers.Layer/,
    ],
    ["added", `${SCALE}${DENSE}model.add(Scale())\n`, /3:13: Scale is a subclass/],
    [
      "by its child",
      `${SCALE}class Twice(Scale):\n    pass\n${DENSE}model.add(Twice())\n`,
      /3:13: Scale is a subclass/,
    ],
    [
      "as a model beside another",
      `${NET}${DENSE}net = Net()\nnet.summary()\n`,
      /3:11: Net is a subclass of keras.Model.*functional form/,
    ],
    [
      "in a function",
      `${NET}def build():\n    return Net()\n${DENSE}model = build()\n`,
      /3:11: Net is a subclass/,
    ],
    ["as the only model", NET, /3:11: Net is a subclass/],
    ["uncalled", `${SCALE}model = keras.Sequential([Scale])\n`, /3:13: Scale is a subclass/],
    [
      "with layers of its own where it stands",
      `class Scale(layers.Layer):\n    inner = layers.Dense(3)\n${DENSE}`,
      /3:13: Scale is a subclass/,
    ],
    [
      "with layers of its own by default",
      `class Scale(layers.Layer):\n    def __init__(self, inner=layers.Dense(3)):\n        pass\n${DENSE}`,
      /3:13: Scale is a subclass/,
    ],
  ])("one that is used is refused: %s", (_, lines, message) => expect(() => read(lines)).toThrow(message));
});

describe("what code that is not run may change of an object is not known", () => {
  test.each<[string, string, string]>([
    ["an attribute", "if found:\n    b.units = 5", "b.units"],
    ["one by a method", "if found:\n    b.widen()", "b.units"],
    ["one by a method under another name", "f = b.widen\nif found:\n    f()", "b.units"],
    ["one of the class", "if found:\n    b.count()", "Builder.total"],
    ["a list of the class", "s = Builder.sizes\nif found:\n    b.count()", "len(s)"],
    ["a list of the object", "p = b.parts\nif found:\n    b.parts.append(1)", "len(p) + 1"],
    ["one by its dict", "d = vars(b)\nif found:\n    d['units'] = 4", "b.units"],
    ["one by setattr", "if found:\n    setattr(b, 'units', 4)", "b.units"],
    ["one by a handler", "try:\n    read()\nexcept OSError:\n    b.widen()", "b.units"],
    ["one by a method given away", "read(b.widen)", "b.units"],
    [
      "one within a method",
      "class C:\n    n = 1\n    def set(self):\n        if found:\n            self.n = 2\nc = C()\nc.set()",
      "c.n",
    ],
    ["the answer of a method", "class C:\n    def get(self):\n        return read()\n", "C().get()"],
    ["an object compared", "k = 3 if Builder() == b else 4", "k"],
    ["a decorated method", "class C:\n    @decorate\n    def get(self):\n        return 3", "C().get()"],
    ["a decorated class", "@decorate\nclass C:\n    n = 3", "C.n"],
    [
      "a class that makes its objects itself",
      "class C:\n    n = 3\n    def __new__(cls):\n        return read()",
      "C().n",
    ],
    [
      "a class that answers for what it has not",
      "class C:\n    def __getattr__(self, name):\n        return 3",
      "C().n",
    ],
    [
      "one of two classes above",
      "class A:\n    n = 1\nclass B:\n    n = 2\nclass C(A, B):\n    pass",
      "C().n",
    ],
  ])("%s", (_, lines, units) => expect(() => unitsOf(lines, units)).toThrow(NOT_READ));

  test.each<[string, string, string, number]>([
    ["looking at it changes nothing", "if found:\n    print(b.units)", "b.units", 3],
    ["printing does not", "print(b)", "b.units", 3],
    ["a method given away that only looks", "read(b.log)", "b.units", 3],
  ])("%s", (_, lines, units, expected) => expect(unitsOf(lines, units)).toBe(expected));

  test.each<[string, string]>([
    ["makes a model", "if found:\n    b.model()"],
    ["changes one", "m = b.model()\nif found:\n    b.grow()"],
    ["changes one that it holds", "m = b.model()\nif found:\n    b.made.add(layers.Dense(1))"],
    ["gives it to a function", "def g(x):\n    x.widen()\nif found:\n    g(b)"],
    [
      "calls a class that makes one",
      "class M:\n    def __init__(self):\n        self.m = b.model()\nif found:\n    M()",
    ],
  ])("a branch on what is not known that %s is refused", (_, lines) => {
    expect(() => unitsOf(lines, "3")).toThrow(/What is built here depends on a value that is not known/);
  });
});

describe("classes are refused as Python refuses them", () => {
  test.each<[string, string, RegExp]>([
    ["a misspelt attribute", "b.unit", /no attribute unit\..*Did you mean units\?/],
    ["a call of what cannot be called", "b()", /cannot be called: its class has no __call__/],
    ["an argument that is not there", "Builder(width=3).units", /__init__ has no argument width/],
    ["an argument of a class without __init__", "type(b)(3, 4).units", /takes 2 arguments by position/],
  ])("%s", (_, units, message) => expect(() => unitsOf("", units)).toThrow(message));

  test("its truth by __len__ is not read", () => {
    const lines = "class C:\n    def __len__(self):\n        return 0\nk = 1 if C() else 2";
    expect(() => unitsOf(lines, "k")).toThrow(/__len__, which is not read/);
  });

  test("the text of an object is not known", () => {
    expect(() => unitsOf("", '3, name=f"{b}"')).toThrow(NOT_READ);
    expect(() => unitsOf("", "3, name=str(b)")).toThrow(NOT_READ);
  });
});

describe("the work of classes is bounded", () => {
  test.each<[string, string, RegExp]>([
    [
      "a method that calls itself",
      "class C:\n    def f(self):\n        return self.f()\nC().f()",
      /calls itself too deeply/,
    ],
    [
      "a property that asks itself",
      "class C:\n    @property\n    def f(self):\n        return self.f\nC().f",
      /calls itself too deeply/,
    ],
    [
      "a class that makes itself",
      "class C:\n    def __init__(self):\n        self.c = C()\nC()",
      /calls itself too deeply/,
    ],
    [
      "an object that calls itself",
      "class C:\n    def __call__(self):\n        return self()\nC()()",
      /calls itself too deeply/,
    ],
    [
      "a setter that sets itself",
      "class C:\n    @property\n    def f(self):\n        return 1\n    @f.setter\n    def f(self, v):\n        self.f = v\nC().f = 1",
      /calls itself too deeply/,
    ],
    [
      "a loop in a method",
      "class C:\n    def f(self):\n        while True:\n            layers.Dense(1)\nC().f()",
      /go round too often/,
    ],
  ])("%s", (_, lines, message) => expect(() => unitsOf(lines, "3")).toThrow(message));

  test("objects that hold one another", () => {
    const lines =
      "c, d = Builder(), Builder()\nc.other, d.other = d, c\nc.more = c\nif found:\n    c.other.other.widen()";
    expect(unitsOf(lines, "3")).toBe(3);
  });
});
