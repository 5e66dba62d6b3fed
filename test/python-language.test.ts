import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ModelError } from "../src/diagnostics.ts";
import { build } from "../src/ir/build.ts";
import { notebookCode } from "../src/load/notebook.ts";
import { type Defined, parsePython, type PythonOptions } from "../src/parser/python/index.ts";
import type { Snippet } from "../src/parser/training-spec.ts";

const head = "import keras\nimport os\nimport numpy as np\nfrom keras import layers\n";
const read = (text: string, options?: PythonOptions): Snippet => parsePython(head + text, options);
const units = (text: string, define: Record<string, Defined> = {}): unknown[] =>
  read(text, { define }).spec.layers.flatMap((layer) =>
    layer.config.units === undefined ? [] : [layer.config.units],
  );
const errorOf = (work: () => unknown): ModelError => {
  try {
    work();
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  throw new Error("no error");
};
const dense = (n: string): string => `model = keras.Sequential([layers.Dense(${n})])\n`;

describe("types that say what they hold", () => {
  it("are hints and nothing else", () => {
    const lines = `from typing import Union
Units = list[int]
Config = Union[None, dict[str, list[str]]]
Name = str | None
def build(units: Units, name: Name = None) -> list[tuple[int, int]]:
    sizes: dict[str, int] = {}
    return keras.Sequential([layers.Dense(n) for n in units])
model = build(list[int]((4, 2)))
`;
    expect(units(lines)).toEqual([4, 2]);
  });
});

describe("what cannot be used says why", () => {
  const messageOf = (lines: string): string => errorOf(() => read(lines)).message;
  it("an index of what is empty", () => {
    expect(messageOf("sizes = []\nn = sizes[-1]\n")).toContain(
      "Expected: an index; it is empty. Received: -1.",
    );
  });
  it.each(["exec('n = 4')", "n = eval('4')", "code = compile('4', '', 'eval')"])("%s", (line) => {
    const message = messageOf(`${line}\n${dense("4")}`);
    expect(message).toMatch(
      /5:\d+: (exec|eval|compile) is a built-in function of Python that is not run here/,
    );
    expect(message).not.toContain("--define");
  });
  it.each([
    ["from utils import height", "height", "utils.height"],
    ["from utils import height as h", "h", "utils.height"],
    ["import utils", "utils.height", "utils.height"],
  ])("%s: what --define can name", (line, name, path) => {
    const lines = `${line}\n${dense(name)}`;
    const message = messageOf(lines);
    expect(message).toContain(`Received: ${path}. Write the value as a constant`);
    expect(message).toContain(`--define ${name}=VALUE`);
    expect(units(lines, { [name]: 28 })).toEqual([28]);
  });
  it("a call of a module that is not read, not the good lines behind it", () => {
    const message = messageOf(`from subpixel import SubPixel
i = keras.Input((4, 4, 4))
x = SubPixel(2)(i)
x = layers.Activation("tanh")(x)
model = keras.Model(i, x)
`);
    expect(message).toMatch(
      /9:24: This value comes from line 7, which is not read: `x = SubPixel\(2\)\(i\)`\. Received: what subpixel\.SubPixel gives\. Write it with Keras's own layers/,
    );
  });
});

describe("errors", () => {
  it("come by their places", () => {
    const cells = [
      "import keras\n\n\na = keras.layers.Dence(2)",
      "b = keras.layers.Dense(unit=2); c = keras.layers.Flatte()\nm = keras.Sequential([keras.layers.Dense(3)])",
    ].map((source) => ({ cell_type: "code", source }));
    const { text, cells: starts } = notebookCode({ nbformat: 4, cells });
    const { errors } = errorOf(() => parsePython(text, { cells: starts }));
    expect(errors.map(({ at }) => [at?.cell, at?.line])).toEqual([
      [1, 4],
      [2, 1],
      [2, 1],
    ]);
  });
  it("of what layers are called on come between those of the layers", () => {
    const { spec } = read(`i = keras.Input((4,))
z = layers.Dense(4)(i) * layers.Dense(3)(i)
w = layers.Dot()([z, z])
model = keras.Model(i, [z, w])
`);
    expect(errorOf(() => build(spec)).errors.map(({ at }) => at?.line)).toEqual([6, 7]);
  });
});

describe("values from outside", () => {
  it("stand in for what the snippet assigns", () => {
    expect(units(`n = len(tokenizer.word_index) + 1\n${dense("n")}`, { n: 7 })).toEqual([7]);
    expect(units(`n = 5\n${dense("n * 2")}`, { n: 7 })).toEqual([14]);
    expect(units(`n, m = np.load("sizes.npy")\n${dense("n")}`, { n: 3 })).toEqual([3]);
  });
  it("stand in for expressions", () => {
    expect(units(dense("x_train.shape[1]"), { "x_train.shape[1]": 9 })).toEqual([9]);
    expect(units(dense("x_train.shape[-1]"), { "x_train.shape": [100, 6] })).toEqual([6]);
    expect(units(dense("len(classes)"), { "len(classes)": 4 })).toEqual([4]);
  });
  it("are named in the error that asks for them", () => {
    const error = errorOf(() =>
      read(`import pandas as pd\nX = pd.read_csv("a.csv")\n${dense("X.shape[1]")}`),
    );
    expect(error.message).toContain("--define X.shape[1]=VALUE");
  });
});

describe("what is not known while a snippet is read", () => {
  it.each([
    ["if os.path.exists('a'):\n    print('found')\nelse:\n    rate = 0.5", "Not run: if os.path.exists('a')"],
    ["for line in open('log.txt'):\n    words = line.split()", "Not run: for line in open('log.txt')"],
    ["while os.stat('a'):\n    done = True", "Not run: while os.stat('a')"],
    [
      "with open('m.json', 'w') as f:\n    f.write(model.to_json())",
      "Not run: with open('m.json', 'w') as f",
    ],
    [
      "class Log(keras.callbacks.Callback):\n    def on_epoch_end(self, epoch, logs=None):\n        yield 1",
      "Not read: class Log(keras.callbacks.Callback)",
    ],
    ["if os.path.exists('a'):\n    title = model.name", "Not run: if os.path.exists('a')"],
    ["@timed\ndef work():\n    return 3", "Not read, for its decorator: def work()"],
  ])("is passed over with a note where it touches no model: %s", (lines, note) => {
    expect(read(`${dense("3")}${lines}\n`).notes.map((n) => n.message)).toContain(note);
  });
  it.each([
    "if os.path.exists('a'):\n    model.add(layers.Dense(1))",
    "for name in os.listdir('.'):\n    model.add(layers.Dense(1, name=name))",
    "def grow(): model.add(layers.Dense(1))\nwhile os.stat('a'):\n    grow()",
    "for layer in model.layers:\n    if os.stat('a'):\n        layer.trainable = False",
    "if os.path.exists('a'):\n    model.name = 'other'",
    "for layer in model.layers:\n    if os.stat('a'):\n        layer.name += '_a'",
  ])("is refused where it makes layers: %s", (lines) => {
    expect(errorOf(() => read(`${dense("3")}${lines}\n`)).code).toBe("python-unknown-value");
  });
  it("leaves what it assigns unknown", () => {
    const error = errorOf(() => read(`n = 3\nif os.path.exists('a'):\n    n = 4\n${dense("n")}`));
    expect(error.code).toBe("python-unknown-value");
  });
  it("says why random data cannot be fitted", () => {
    const { fit } = read(`x = np.random.rand(10, 4)\n${dense("x.shape[1]")}model.fit(x, x)`);
    expect(fit?.x).toMatchObject({ kind: "unknown", reason: "numpy's random numbers are not drawn here" });
  });
  it("keeps settings of fit that are code for whoever runs it", () => {
    const { fit } = read(
      `${dense("1")}model.fit(x, y, epochs=os.epochs(), callbacks=[keras.callbacks.LambdaCallback(lambda: 1)])`,
    );
    expect(fit?.unread).toHaveLength(2);
  });
});

describe("models and weights in files", () => {
  it("finds a model again that the snippet saved", () => {
    const { variable, runs } = read(
      `${dense("1")}model.save("m.h5")\nagain = keras.models.load_model("m.h5")\nagain.predict([[1.0]])`,
    );
    expect([variable, runs.length]).toEqual(["again", 1]);
  });
  it("passes over load_weights where weights are given", () => {
    const text = `${dense("1")}model.load_weights("w.h5")`;
    expect(read(text).unread?.map(({ hint }) => hint)).toEqual(["Give the file with --load-weights w.h5."]);
    expect(read(text, { weights: true }).unread).toBeUndefined();
    expect(read(text, { weights: true }).notes.at(-1)?.message).toBe('Not run: model.load_weights("w.h5")');
  });
});

it("knows the spellings of imports of all years", () => {
  const { spec } = parsePython(readFileSync("fixtures/python/old-imports.py", "utf8"));
  expect(spec.layers.map((layer) => layer.name)).toEqual([
    "input_layer",
    "dense",
    "dense_1",
    "dense_2",
    "dense_3",
    "dense_4",
  ]);
});

describe("notebooks", () => {
  const cell = (source: string, cell_type = "code"): object => ({
    cell_type,
    source: source.split(/(?<=\n)/),
  });
  const notebook = (...cells: object[]): Snippet => {
    const { text, cells: starts } = notebookCode({ nbformat: 4, cells });
    return parsePython(text, { file: "n.ipynb", cells: starts });
  };
  it("reads code cells in order, without lines for IPython and the shell", () => {
    const { spec } = notebook(
      cell("# Title", "markdown"),
      cell("%matplotlib inline\n!pip install -q \\\n  keras\nimport keras\nfiles = !ls\n?keras"),
      cell("%%bash\nls (("),
      cell("%%time\nmodel = keras.Sequential([\n    keras.layers.Dense(3)])\nmodel.summary?"),
    );
    expect(spec.layers).toHaveLength(1);
  });
  it("takes a line for IPython as what stands in a block", () => {
    const { spec, notes } = notebook(
      cell("import keras\ntry:\n    # which one\n    %tensorflow_version 2.x\nexcept Exception:\n    pass"),
      cell("if True:  # always\n    !pip install -q \\\n      keras\nelse:\n    !echo none"),
      cell("model = keras.Sequential([\n    keras.layers.Dense(3)])"),
    );
    expect(spec.layers).toHaveLength(1);
    expect(notes).toEqual([]);
  });
  it("passes over such lines as notebooks saved as scripts have them", () => {
    const lines = "get_ipython().run_line_magic('matplotlib', 'inline')\nget_ipython().magic('time')\n";
    const { spec, notes } = read(`${lines}colab = 'google.colab' in str(get_ipython())\n${dense("3")}`);
    expect(spec.layers).toHaveLength(1);
    expect(notes.map(({ message }) => message)).toEqual([expect.stringMatching(/^Not run: colab/)]);
  });
  it("takes the indentation of a cell's first line off all of them, as IPython does", () => {
    const { spec } = notebook(
      cell("\n  import keras\n  for n in (1, 2):\n      k = n\n\n  x = 3"),
      cell("model = keras.Sequential()\nfor _ in range(2):\n  model.add(keras.layers.Dense(3))"),
    );
    expect(spec.layers).toHaveLength(2);
  });
  it("tells the cell and the line in it", () => {
    const error = errorOf(() => notebook(cell("import keras\nx = 1"), cell("\ny = keras.layers.Dence(x)")));
    expect(error.message).toBe(
      "n.ipynb:cell 2:2:18: keras.layers has no name Dence. Did you mean Dense?\n  1 | \n> 2 | y = keras.layers.Dence(x)\n    |                  ^",
    );
  });
});

describe("sessions with prompts", () => {
  const session = [
    "# from a page",
    ">>> import keras",
    ">>> from keras import layers",
    ">>> def block(x, n):",
    "...     for _ in range(2):",
    "...         x = layers.Dense(n)(x)",
    "...",
    "...     return x",
    "...",
    ">>> a = keras.Input((4,))",
    ">>> a.shape",
    "(None, 4)",
    ">>> x = layers.Dense(",
    "...     2, use_bias=False",
    "... )(block(a, 3))",
    ">>> model = keras.Model(a, x)",
    ">>> model",
    "<Functional name=functional, built=True>",
    "",
  ];
  it.each([
    ["at the margin", session.join("\n")],
    ["indented", session.map((line) => `    ${line}`).join("\n")],
    ["of Windows", session.join("\r\n")],
  ])("are read without them: %s", (_, text) => {
    const { spec, notes } = parsePython(text);
    expect(spec.layers.map(({ config }) => config.units)).toEqual([undefined, 3, 3, 2]);
    expect(notes.map(({ message, at }) => [message, at?.line])).toContainEqual([
      "Lines without a prompt are answers: they are not read.",
      12,
    ]);
  });
  it("have their errors where they stand", () => {
    const error = errorOf(() => parsePython(session.join("\n").replace("(block(", "(blocks(")));
    const { at } = error.errors[0];
    expect(at).toMatchObject({ line: 15, column: 7 });
    expect(at?.frame).toContain("> 15 | ... )(blocks(a, 3))");
  });
});

describe("modules by name", () => {
  it.each(['layers = importlib.import_module("keras.layers")', 'layers = __import__("keras").layers'])(
    "%s",
    (line) => {
      const text = `import importlib\n${line}\nimport keras\nmodel = keras.Sequential([keras.Input((4,)), layers.Dense(3)])\n`;
      expect(parsePython(text).spec.layers.map(({ class_name }) => class_name)).toEqual([
        "InputLayer",
        "Dense",
      ]);
    },
  );
});

describe("clone_model", () => {
  const start = "import keras\nm = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])\n";
  it.each(["clone_function=lambda layer: layer", "recursive=True", "call_function=print"])(
    "refuses %s",
    (option) => {
      const error = errorOf(() => parsePython(`${start}c = keras.models.clone_model(m, ${option})\n`));
      expect(error.message).toContain(`${option.split("=")[0]} of clone_model is not read.`);
    },
  );
  it("draws weights of its own", () => {
    const text = `import keras\nkeras.utils.set_random_seed(3)\n${start.slice(13)}c = keras.models.clone_model(m)\n`;
    const { models } = parsePython(text);
    const [first, second] = ["m", "c"].map((name) => models.get(name)!.layers[1]);
    expect(second.draws).toHaveLength(first.draws!.length);
    expect(second.draws).not.toEqual(first.draws);
  });
});
