import { describe, expect, test } from "vitest";
import { parsePython } from "../src/parser/python/index.ts";

const HEAD = `import keras, sys, tqdm
from keras import layers
from elsewhere import read, files
words = ["a", "b"]
table = {"units": 4}
`;
const build = (units: string, more = ""): string =>
  `model = keras.Sequential([keras.Input((4,)), layers.Dense(${units}${more})])\n`;

/** Units of the last layer of the model that the lines build. */
function unitsOf(lines: string, units: string): unknown {
  const { spec } = parsePython(`${HEAD}${lines}\n${build(units)}`);
  return spec.layers.at(-1)!.config.units;
}
const NOT_READ = /This value comes from line \d+, which is not read/;

describe("what lines that are not run may have changed is not known", () => {
  test.each<[string, string, string]>([
    ["a loop over a file appends", `for line in open("x"):\n    words.append(line)`, "len(words)"],
    ["a loop fills a dict", `for one in files:\n    table[one] = 1`, "len(table)"],
    ["a loop changes what a dict holds", `for one in files:\n    table["units"] += 1`, 'table["units"]'],
    ["a branch extends", `if read():\n    words.extend(["c"])`, "len(words)"],
    [
      "a function of the snippet appends",
      `def add(x):\n    words.append(x)\nfor one in files:\n    add(one)`,
      "len(words)",
    ],
    ["a comprehension appends", `[words.append(w) for w in files]`, "len(words)"],
    ["map appends", `list(map(words.append, files))`, "len(words)"],
    [
      "a function is given it",
      `def add(to, x):\n    to.append(x)\nfor one in files:\n    add(words, one)`,
      "len(words)",
    ],
    [
      "a function hands it on",
      `def put(to, x):\n    to.append(x)\ndef add(to, x):\n    put(x=x, to=to)\nfor one in files:\n    add(words, one)`,
      "len(words)",
    ],
    [
      "a function may call what it is given",
      `def twice(fn, x):\n    fn(x)\nfor one in files:\n    twice(words.append, one)`,
      "len(words)",
    ],
    ["a tuple holds it", `pair = (words, 1)\nfor one in files:\n    pair[0].append(one)`, "len(words)"],
    ["a dict holds it", `d = {"w": words}\nfor one in files:\n    d["w"].append(one)`, "len(words)"],
    ["its method has a name", `add = words.append\nfor one in files:\n    add(one)`, "len(words)"],
    ["another name of it within", `for one in files:\n    w = words\n    w.append(one)`, "len(words)"],
    [
      "a function of the library",
      `import heapq\nfor one in files:\n    heapq.heappush(words, one)`,
      "len(words)",
    ],
    [
      "an object holds it",
      `class C:\n    def __init__(self, w):\n        self.w = w\n    def go(self, x):\n        self.w.append(x)\nc = C(words)\nfor one in files:\n    c.go(one)`,
      "len(words)",
    ],
    [
      "a class that is not read uses it",
      `class C(read()):\n    def go(self, x):\n        words.append(x)\nC().go(read())`,
      "len(words)",
    ],
    [
      "a function sets the name",
      `def add():\n    global words\n    words = words + ["c"]\nfor one in files:\n    add()`,
      "len(words)",
    ],
    [
      "a function sets the name of another one",
      `def count():\n    n = 1\n    def more():\n        nonlocal n\n        n += 1\n    for one in files:\n        more()\n    return n\nn = count()`,
      "n",
    ],
    ["behind a condition", `if read() and words.append("c"):\n    pass`, "len(words)"],
    ["a default", `def add(x, to=words):\n    to.append(x)\nfor one in files:\n    add(one)`, "len(words)"],
    ["its method in a list", `fns = [words.append]\nfor one in files:\n    fns[0](one)`, "len(words)"],
    [
      "a function in a dict",
      `def add(x):\n    words.append(x)\nfns = {"a": add}\nfor one in files:\n    fns["a"](one)`,
      "len(words)",
    ],
    ["an item of a list", `for w, one in zip([words], files):\n    w.append(one)`, "len(words)"],
    ["an attribute by its name", `class C:\n    n = 3\nfor one in files:\n    setattr(C, "n", 5)`, "C.n"],
    ["in a choice", `x = words.append("c") if read() else 1`, "len(words)"],
    ["a choice is another name", `w = words if read() else []\nw.append("c")`, "len(words)"],
    ["a slice of unknown length", `words[len(words):] = files`, "len(words)"],
    [
      "a thread",
      `import threading\ndef add():\n    words.append("c")\nthreading.Thread(target=add).start()`,
      "len(words)",
    ],
    [
      "a function defined or not",
      `def units():\n    return 3\nif read():\n    def units():\n        return 4`,
      "units()",
    ],
    ["more of unknown length", `words += files`, "len(words)"],
    ["extended by unknown length", `words.extend(read())`, "len(words)"],
    ["removed at an unknown place", `del table[read()]`, "len(table)"],
    ["set at an unknown key", `table[read()] = 3`, "len(table)"],
    [
      "a loop fills a dict and what it holds",
      `found = {}\nfor one in files:\n    if one not in found:\n        found[one] = []\n    found[one].append(1)`,
      "len(found)",
    ],
    ["an alias sees it", `alias = words\nfor one in files:\n    words.append(one)`, "len(alias)"],
    ["another name of the loop", `n = 1\nfor one in files:\n    n += 1`, "n"],
    ["how many differ", `labels = [read(k) for k in range(3)]`, "len(set(labels))"],
    ["how many differ, written out", `labels = {read(1), read(2)}`, "len(labels)"],
    ["the largest", `sizes = [read(k) for k in range(3)]`, "max(sizes)"],
    ["which pass a condition", `kept = [w for w in words if read(w)]`, "len(kept)"],
    ["which pass a filter", `kept = list(filter(read, words))`, "len(kept)"],
    ["one or the other", `units = 3 if read() else 4`, "units"],
    ["whether it is among them", `units = 3 if "c" in [read()] else 4`, "units"],
    ["whether any is", `units = 3 if any([read(), 0]) else 4`, "units"],
    ["a length in a text", `units = len(f"{read()}")`, "units"],
    ["a dict of unknown keys", `index = dict((c, i) for i, c in enumerate(files))`, "len(index)"],
    ["a dict of pairs with unknown keys", `index = dict([(read(1), 1), (read(2), 2)])`, "len(index)"],
    ["a part of the command line", `units = sys.maxsize - 3`, "units"],
  ])("%s", (_, lines, units) => {
    expect(() => unitsOf(lines, units)).toThrow(NOT_READ);
  });
  test("a name of a layer with an unknown part", () => {
    expect(() => parsePython(`${HEAD}${build("3", ", name=f'out_{read()}'")}`)).toThrow(NOT_READ);
    expect(() => parsePython(`${HEAD}${build("3", ", name='out_%s' % (read(),)")}`)).toThrow(NOT_READ);
    expect(() => parsePython(`${HEAD}${build("3", ", name='out_{}'.format(read())")}`)).toThrow(NOT_READ);
  });
});

describe("what they leave alone is known", () => {
  test.each<[string, string, string, number]>([
    [
      "looked at, not changed",
      `for one in files:\n    print(words.index(one), table["units"])`,
      "len(words)",
      2,
    ],
    [
      "a name of a function's own",
      `def f(x):\n    words = []\n    words.append(x)\nfor one in files:\n    f(one)`,
      "len(words)",
      2,
    ],
    [
      "passed to what only looks",
      `def show(all, one):\n    print(len(all), all[0], one in all)\nfor one in files:\n    show(words, one)\n    read(words)\n    read(f"{words}", table["units"], *words)`,
      "len(words)",
      2,
    ],
    [
      "its items go elsewhere",
      `found = []\nfor one in files:\n    for w in words:\n        found.append([w, one])`,
      "len(words)",
      2,
    ],
    [
      "what ran is known",
      `def add(x):\n    words.append(x)\n    return read()\ny = add("c")`,
      "len(words)",
      3,
    ],
    [
      "fields of a dataclass, made anew for each",
      `from dataclasses import dataclass, field\n@dataclass\nclass C:\n    units: list = field(default_factory=lambda: [3, 4])\n    more: dict = field(default_factory=dict)\n    k: int = field(default=5)\na, b = C(), C()\na.units.append(1)`,
      "len(a.units) + len(b.units) + b.k + len(a.more)",
      10,
    ],
    ["a slice is set", `words[1:] = ["x", "y", "z"]\nwords[::2] = [1, 2]`, "len(words)", 4],
    ["appended, whatever it is", `words.append(read())`, "len(words)", 3],
    ["set at a known key", `table["more"] = read()`, "len(table)", 2],
    ["made anew", `for one in files:\n    words.append(one)\nwords = [1]`, "len(words)", 1],
    ["a bar around a loop", `n = 0\nfor k in tqdm.tqdm(range(5)):\n    n += k`, "n", 10],
    ["as many as there are", `labels = [read(k) for k in range(3)]`, "len(labels)", 3],
  ])("%s", (_, lines, units, wanted) => {
    expect(unitsOf(lines, units)).toBe(wanted);
  });
});

test.each([
  ["text of what is unknown", `path = f"{read()}/model"\nprint("%s" % path)`],
  ["a choice", `reward = 1 if read() else -1`],
  ["one among what Python holds", `if "google.colab" in sys.modules:\n    print("colab")`],
  [
    "a loop over the command line",
    `for arg in sys.argv[1:]:\n    print(arg)\nfor arg in sys.argv:\n    print(arg)`,
  ],
  [
    "a loop that makes no layers and goes round long",
    `total = 0\nfor i in range(10_000_000):\n    total += i`,
  ],
  ["loops in loops", `for a in range(300):\n    for b in range(300):\n        x = a * b`],
  ["a long list", `x = [i for i in range(60_000)]`],
  [
    "an optimizer, a loss and a metric of a loop of one's own",
    `opt = keras.optimizers.Adam()\nopt.build(read())\nopt.iterations.assign(1)\nacc = keras.metrics.Mean()\nacc.update_state(1)\nacc.reset_state()\nprint(float(acc.result()))\nvalue = keras.losses.MeanSquaredError()(read(), read())`,
  ],
  [
    "files beside this one",
    `from . import a\nfrom .b import c\nfrom ..d.e import f as g\nfrom ... import h\nc(g)`,
  ],
  [
    "a model from a file, used for nothing",
    `old = keras.models.load_model("old.keras")\nprint(old.predict(read()))`,
  ],
  ["an item at an unknown place", `print(words[keras.datasets.mnist.load_data()[0][1][0]])`],
  ["rows of a table", `rows = read()\nprint(rows.loc["2019":"2020"]["day"])`],
  [
    "max of what a loop has filled",
    `sizes = []\nfor one in files:\n    sizes.append(len(one))\nprint(max(sizes), sizes[0])`,
  ],
])("%s: the model does not depend on it", (_, lines) => {
  const { spec, unread } = parsePython(`${HEAD}${lines}\n${build("7")}`);
  expect(spec.layers.at(-1)!.config.units).toBe(7);
  expect(unread).toBeUndefined();
});

describe("shapes of arrays whose numbers nobody knows", () => {
  const DATA = `import numpy as np\n(x, y), (xt, yt) = keras.datasets.cifar10.load_data()\n`;
  test.each<[string, string, string, number]>([
    [
      "less a mean, by a deviation",
      `x = (x - np.mean(x, axis=(0, 1, 2, 3))) / (np.std(x) + 1e-7)`,
      "x.shape[1]",
      32,
    ],
    ["less means of their own", `x = (x - x.mean(axis=0)) / x.std(axis=0, keepdims=True)`, "x.shape[3]", 3],
    ["means along an axis", `m = x.mean(axis=(1, 2))`, "m.shape[1]", 3],
    ["means that keep their axes", `m = np.mean(x, (1, 2), keepdims=True)`, "m.ndim", 4],
  ])("%s", (_, lines, units, wanted) => {
    expect(unitsOf(DATA + lines, units)).toBe(wanted);
  });
  test.each([
    ["a mean itself", `n = np.max(x)`, "n"],
    ["made with something unknown", `x = x - read()`, "x.shape[1]"],
    ["an axis that is not there", `m = x.mean(axis=7)`, "m.shape[0]"],
    ["an unknown axis", `m = x.mean(axis=read())`, "m.shape[0]"],
  ])("not of %s", (_, lines, units) => {
    expect(() => unitsOf(DATA + lines, units)).toThrow(/which is not read|is not known/);
  });
});

test("what TensorFlow calls by other names is Keras's", () => {
  const { spec, notes } = parsePython(`import tensorflow as tf
loss = tf.keras.losses.MeanSquaredError(reduction=tf.keras.losses.Reduction.NONE)
rate = tf.keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
print(rate(3))
signatures = {tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY: 1}
model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2,
    kernel_initializer=tf.random_normal_initializer(0., 0.02), bias_initializer=tf.constant_initializer(0.5))])
`);
  const { kernel_initializer, bias_initializer } = spec.layers.at(-1)!.config;
  expect(kernel_initializer).toMatchObject({ class_name: "RandomNormal", config: { mean: 0, stddev: 0.02 } });
  expect(bias_initializer).toMatchObject({ class_name: "Constant", config: { value: 0.5 } });
  expect(notes.map(({ message }) => message).join("\n")).toContain("draws other numbers than Keras");
});

test("names that a star of unknown content may have brought are not missed", () => {
  const { notes } = parsePython(
    `from mine import *\nimport keras\nx = load(path)\n${build("2").replaceAll("layers", "keras.layers")}`,
  );
  expect(notes.map(({ message }) => message).join("\n")).toContain("Not run: x = load(path)");
});

test("training batch by batch is said: the model can be described, not run", () => {
  const { spec, unread } = parsePython(`${HEAD}${build("2")}model.train_on_batch(read(), read())\n`);
  expect(spec.layers.length).toBe(2);
  expect(unread![0].message).toBe("What train_on_batch makes of the weights is not read.");
});

test("a snippet that only reads a model from a file is told to give the file", () => {
  expect(() => parsePython(`import keras\nm = keras.models.load_model("old.keras")\nm.summary()\n`)).toThrow(
    /load_model reads old.keras: a snippet opens no files. Give old.keras itself/,
  );
});

test("a model made of one from a file is refused", () => {
  expect(() =>
    parsePython(
      `${HEAD}old = keras.models.load_model("old.keras")\nmodel = keras.Sequential([keras.Input((2,)), old])\n`,
    ),
  ).toThrow(NOT_READ);
});

describe("commands of a notebook", () => {
  const cell = (line: string): unknown => parsePython(`${line}\n${HEAD}${build("2")}`, { cells: [1] }).spec;
  test.each([
    "pip install keras",
    "ls ./data",
    "% mkdir logs",
    "%pip install x",
    "!ls",
    "ls -la",
    "cd /content",
  ])("%s", (line) => {
    expect(cell(line)).toBeDefined();
  });
  test.each(["ls = 3", "git = read()", "cat, dog = 1, 2", "ls = 4\nrest = ls - 1"])(
    "%s is Python",
    (line) => {
      expect(() => cell(line.replace("read()", "1"))).not.toThrow();
    },
  );
  test("outside of notebooks they are no Python", () => {
    expect(() => parsePython(`pip install keras\n${HEAD}${build("2")}`)).toThrow(/cannot read `install`/);
  });
});

test("a model's weights are a list", () => {
  const { spec } = parsePython(
    `${HEAD}${build("2")}print(model.weights[0], [w.numpy() for w in model.trainable_weights])\n`,
  );
  expect(spec.layers.length).toBe(2);
});

test("the shape of a data set survives what is done to it in place", () => {
  const lines = `(x, y), (a, b) = keras.datasets.boston_housing.load_data()
mean = x.mean(axis=0)
x -= mean
x /= x.std(axis=0)`;
  expect(unitsOf(lines, "x.shape[1]")).toBe(13);
});

test("what a line that failed may have changed is not told again", () => {
  const lines = `def make():
    return keras.Sequential([keras.Input((read(),)), layers.Dense(1)])
for k in range(2):
    words.append(make())
print(words[2])`;
  const { message } = errorOf(`${HEAD}${lines}\n`);
  expect(message).toMatch(NOT_READ);
  expect(message).not.toMatch(/out of range/);
});

test("functions that nobody calls are named where no model is built", () => {
  const { message } = errorOf(
    "import keras\ndef make(units, rate=1):\n    return keras.Sequential([keras.layers.Dense(units)])\n",
  );
  expect(message).toContain("add a line like model = make(units).");
});

test("of functions that nobody calls, the one that needs nothing is named", () => {
  const text =
    "from keras import Model, Input, layers\ndef block(x, units):\n    return layers.Dense(units)(x)\ndef net(units=2):\n    i = Input((3,))\n    return Model(i, block(i, units))\n";
  expect(errorOf(text).message).toContain("add a line like model = net().");
});

function errorOf(source: string): Error {
  try {
    parsePython(source);
  } catch (error) {
    return error as Error;
  }
  throw new Error("no error");
}
