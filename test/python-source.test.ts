import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { build } from "../src/ir/build.ts";
import type { Model as IrModel } from "../src/ir/model.ts";
import { loadModel, ModelError } from "../src/node/index.ts";
import { parseKerasJson } from "../src/parser/keras-json.ts";
import { kerasConfig } from "../src/parser/keras-json-write.ts";
import { writePython } from "../src/parser/python-write/index.ts";
import { parsePython } from "../src/parser/python/index.ts";

/** What Keras saved of models of every form: fixtures/ir.py and fixtures/summary.py. */
const saved: [string, string][] = [
  ...readdirSync("fixtures/ir").map((file): [string, string] => [
    file,
    JSON.stringify((JSON.parse(readFileSync(`fixtures/ir/${file}`, "utf8")) as { keras3: unknown }).keras3),
  ]),
  ...readdirSync("fixtures/summary")
    .filter((name) => name !== "mixed_precision")
    .map((name): [string, string] => [name, readFileSync(`fixtures/summary/${name}/keras3.json`, "utf8")]),
];
/** Snippets with layers and models inside layers: fixtures/held-layers.py. */
const held = JSON.parse(readFileSync("fixtures/recurrent/held-layers.json", "utf8")) as {
  readonly name: string;
  readonly snippet: string;
}[];
const snippets = [
  ...readdirSync("fixtures/python/models").map(
    (file) => [file, readFileSync(`fixtures/python/models/${file}`, "utf8")] as const,
  ),
  ...held
    .filter(({ name }) => !name.startsWith("shared"))
    .map(({ name, snippet }) => [name, snippet] as const),
];

/** A model's config; numbers as float32 has them, and without arguments of calls that say nothing. */
function said({ compile: _compile, ...model }: IrModel): unknown {
  const given = (key: string, value: unknown): unknown => {
    if (key === "shared_object_id") return undefined;
    if (key !== "kwargs") return typeof value === "number" ? Math.fround(value) : value;
    return Object.fromEntries(Object.entries(value as object).filter(([, part]) => part !== null));
  };
  return JSON.parse(JSON.stringify(kerasConfig(model)), given);
}
const read = (source: string): IrModel => build(parsePython(source).spec);

describe("what is written is read as the same model", () => {
  test.each(saved)("%s", (_name, json) => {
    const model = build(parseKerasJson(json));
    expect(said(read(writePython(model)))).toEqual(said(model));
  });
  test.each(snippets)("snippet %s", (_name, source) => {
    const model = read(source);
    const written = writePython(model);
    expect(said(read(written))).toEqual(said(model));
    expect(writePython(read(written))).toBe(written);
  });
});

const source = (lines: string): string =>
  writePython(read(`import keras\nfrom keras import layers\n${lines}\n`));

describe("the source", () => {
  test("says only what Keras does not do by itself", () => {
    expect(
      source(`
inputs = keras.Input((28, 28, 1), name="image")
t = layers.Conv2D(32, (3, 3), strides=(1, 1), padding="same", activation="relu", name="conv2d")(inputs)
s = layers.Conv2D(8, (1, 1), kernel_initializer="glorot_uniform", kernel_regularizer=keras.regularizers.L2(1e-4), bias_initializer=keras.initializers.Constant(0.1), name="squeezed")(t)
t = layers.Concatenate()([t, s])
t = layers.GlobalAveragePooling2D()(t)
outputs = layers.Dense(10, trainable=False)(t)
model = keras.Model(inputs, outputs)
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01), loss=keras.losses.CategoricalCrossentropy(from_logits=True), metrics=["accuracy"])`),
    ).toBe(`import keras
from keras import layers

image = keras.Input(shape=(28, 28, 1), name="image")
conv2d = layers.Conv2D(32, 3, padding="same", activation="relu")(image)
x = layers.Conv2D(
    8,
    1,
    bias_initializer=keras.initializers.Constant(0.1),
    kernel_regularizer=keras.regularizers.L2(1e-4),
    name="squeezed",
)(conv2d)
x = layers.Concatenate()([conv2d, x])
x = layers.GlobalAveragePooling2D()(x)
dense = layers.Dense(10, trainable=False)(x)
model = keras.Model(image, dense)

model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.01),
    loss=keras.losses.CategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
`);
  });

  test("has nested models and shared layers in variables, and the flags of frozen models", () => {
    expect(
      source(`
base = keras.Sequential([keras.Input((8,)), layers.Dense(4), layers.Dropout(0.5)], name="base")
base.trainable = False
base.layers[0].trainable = True
a, b = keras.Input((8,)), keras.Input((8,))
shared = layers.Bidirectional(layers.LSTM(3, return_sequences=True, name="own"), merge_mode="sum")
grow = layers.Reshape((1, 4))
outputs = {"left": shared(grow(base(a))), "right": shared(grow(base(b)))}
model = keras.Model([a, b], outputs, name="twins")`),
    ).toBe(`import keras
from keras import layers

base = keras.Sequential(
    [
        keras.Input(shape=(8,)),
        layers.Dense(4),
        layers.Dropout(0.5),
    ],
    name="base",
)
base.trainable = False
base.get_layer("dense").trainable = True

input_layer_1 = keras.Input(shape=(8,))
input_layer_2 = keras.Input(shape=(8,))
base_output = base(input_layer_1)
reshape = layers.Reshape((1, 4))
x = reshape(base_output)
bidirectional = layers.Bidirectional(
    layers.LSTM(3, return_sequences=True, name="own"), merge_mode="sum"
)
bidirectional_output = bidirectional(x)
base_output_1 = base(input_layer_2)
x = reshape(base_output_1)
bidirectional_output_1 = bidirectional(x)
model = keras.Model(
    [input_layer_1, input_layer_2],
    {"left": bidirectional_output, "right": bidirectional_output_1},
    name="twins",
)
`);
  });

  test("has operators and functions for operations", () => {
    expect(
      source(`
i = keras.Input((4, 6))
t = (2 * i + i) / 3 - i**2
model = keras.Model(i, [keras.ops.mean(t, axis=1), -t[:, 0, ::2], (-1) ** t])`),
    ).toBe(`import keras

input_layer = keras.Input(shape=(4, 6))
x = 2 * input_layer
x = x + input_layer
true_divide = x / 3
x = input_layer**2
subtract = true_divide - x
x = subtract[:, 0, ::2]
negative = -x
power_1 = (-1) ** subtract
mean = keras.ops.mean(subtract, axis=1)
model = keras.Model(input_layer, [mean, negative, power_1])
`);
  });

  test("is for Keras 2 on request, with its names and arguments", () => {
    const model = read(
      `import keras\nm = keras.Sequential([keras.Input((3,), name="input_1"), keras.layers.LeakyReLU(negative_slope=0.1)])`,
    );
    expect(writePython(model, undefined, "2")).toBe(`import tf_keras as keras
from tf_keras import layers

model = keras.Sequential(
    [
        keras.Input(shape=(3,)),
        layers.LeakyReLU(alpha=0.1),
    ]
)
`);
  });

  test("calls TensorFlow's functions for Keras 2", () => {
    const model = read(`import keras
a = keras.Input((4, 6), name="a")
y = keras.ops.maximum(0, keras.ops.concatenate([a, a + 1], axis=-1))
m = keras.Model(a, [keras.ops.mean(y, axis=1), keras.ops.flip(y, axis=1), keras.layers.Add()([a, a])])`);
    expect(writePython(model, undefined, "2")).toBe(`import tensorflow as tf
import tf_keras as keras
from tf_keras import layers

a = keras.Input(shape=(4, 6), name="a")
x = a + 1
x = tf.concat([a, x], axis=-1)
maximum = tf.math.maximum(0.0, x)
flip = tf.reverse(maximum, axis=[1])
add_1 = layers.Add(name="add_1")([a, a])
mean = tf.math.reduce_mean(maximum, axis=1)
model = keras.Model(a, [mean, flip, add_1], name="functional")
`);
  });

  test("comes from convert and toBytes", async () => {
    const model = await loadModel(
      "import keras\nm = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])\n",
    );
    const text = new TextDecoder().decode(await model.toBytes("py"));
    expect(text).toContain("layers.Dense(2)");
    expect(read(text).name).toBe("sequential");
  });
});

/** Names that would be code, or hide what they are, if they were written as they stand. */
const hostile = [
  `"); import os; os.system("id"); ("`,
  `'''`,
  `"""`,
  "a\nb",
  "a\rimport os",
  "\\",
  '\\"',
  "{x}",
  "#",
  "\u202Eevil\u2066",
  "\u0000",
  "\u2028",
  "import",
  "__class__",
  "keras",
  "1",
  "",
  " ",
  "入力",
  "e\u0301",
  "😀",
  "\uD800",
];

/** What a line of a source begins with, outside of texts. */
const LINE = /^(?:import keras$|from keras import layers$|[a-z]\w* = |    |\)|$)/;

describe("names from files are never code", () => {
  test.each(hostile)("%j", (name) => {
    const json = (layer: object): object => ({ registered_name: null, module: "keras.layers", ...layer });
    const input = json({
      class_name: "InputLayer",
      name: `i${name}`,
      config: { name: `i${name}`, batch_shape: [null, 3] },
      inbound_nodes: [],
    });
    const tensor = {
      class_name: "__keras_tensor__",
      config: { shape: [null, 3], dtype: "float32", keras_history: [`i${name}`, 0, 0] },
    };
    const dense = json({
      class_name: "Dense",
      name: `d${name}`,
      config: { name: `d${name}`, units: 2 },
      inbound_nodes: [{ args: [tensor], kwargs: {} }],
    });
    const config = {
      name,
      layers: [input, dense],
      input_layers: [[`i${name}`, 0, 0]],
      output_layers: [[`d${name}`, 0, 0]],
    };
    const model = build(
      parseKerasJson(JSON.stringify({ module: "keras", class_name: "Functional", config })),
    );
    const text = writePython(model);
    for (const line of text.split("\n")) expect(line).toMatch(LINE);
    expect(text).toMatch(/^[\P{C}\n]*$/u);
    const again = read(text);
    expect([again.name, ...again.layers.map((layer) => layer.name)]).toEqual([name, `i${name}`, `d${name}`]);
  });

  test("classes and arguments of settings that are no names are refused", () => {
    const model = read("import keras\nm = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])");
    const bad = [
      { class_name: "A();x", config: {} },
      { class_name: "Adam", config: { "a=1, b": 2 } },
    ];
    for (const optimizer of bad) {
      expect(() => writePython(model, { optimizer, at: {} })).toThrowError(ModelError);
      expect(() => writePython(model, { optimizer, at: {} })).toThrowError(
        /cannot be written as Python source/,
      );
    }
  });
});
