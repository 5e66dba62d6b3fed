import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { build } from "../src/ir/build.ts";
import { writePython } from "../src/parser/python-write/index.ts";
import { parsePython } from "../src/parser/python/index.ts";
import { Input, layers, loadModel, Model, ModelError, Sequential } from "../src/node/index.ts";

/** See fixtures/held-layers.py. */
interface Case {
  readonly name: string;
  readonly snippet: string;
  readonly weights: readonly {
    readonly path: string;
    readonly trainable: boolean;
    readonly data: number[];
  }[];
  readonly x: number[][][];
  readonly y: number[];
  /** Of three steps of training towards ones, of what is shared. */
  readonly losses?: readonly number[];
}
const cases = JSON.parse(readFileSync("fixtures/recurrent/held-layers.json", "utf8")) as Case[];
type Built = Pick<ReturnType<typeof Sequential>, "weights" | "predict" | "compile" | "trainOnBatch">;

const seed = 7;
/** The snippets of the cases as the builders say them. */
const written: Readonly<Record<string, () => Built>> = {
  "in a Sequential": () =>
    Sequential(
      [
        Input({ shape: [5, 4] }),
        layers.Bidirectional({ layer: layers.LSTM({ units: 3, return_sequences: true }) }),
        layers.Dropout({ rate: 0.5 }),
        layers.TimeDistributed({
          layer: layers.Dense({ units: 3, activation: layers.LeakyReLU({ negative_slope: 0.2 }) }),
        }),
        layers.Bidirectional({
          layer: layers.GRU({ units: 2, name: "own" }),
          merge_mode: "sum",
          name: "both",
        }),
        layers.Dense({ units: 2 }),
      ],
      { seed },
    ),
  "made before and after": () => {
    const late = layers.Dense({ units: 2 });
    const layer = layers.GRU({ units: 3, return_sequences: true, dropout: 0.3 });
    const backward_layer = layers.LSTM({ units: 3, return_sequences: true, go_backwards: true });
    const x = Input({ shape: [5, 4] });
    const early = layers.Dense({ units: 4 });
    const y = layers.Bidirectional({ layer, backward_layer })(early(x));
    return Model({ inputs: x, outputs: late(y), seed });
  },
  "several outputs": () => {
    const x = Input({ shape: [5, 4] });
    const [left, right] = layers.Bidirectional({ layer: layers.SimpleRNN({ units: 3 }), merge_mode: null })(
      x,
    );
    const layer = layers.LSTM({ units: 2, return_state: true });
    const [y, ...states] = layers.Bidirectional({ layer })(x);
    const outputs = layers.Concatenate()([left, right, y, ...states]);
    return Model({ inputs: x, outputs, seed });
  },
  "one inside another, frozen": () =>
    Sequential(
      [
        Input({ shape: [3, 5, 4] }),
        layers.TimeDistributed({
          layer: layers.TimeDistributed({ layer: layers.Dense({ units: 3, trainable: false }) }),
        }),
        layers.TimeDistributed({
          layer: layers.Bidirectional({ layer: layers.GRU({ units: 2, trainable: false }) }),
        }),
        layers.Bidirectional({ layer: layers.LSTM({ units: 2 }), name: "last" }),
      ],
      { seed },
    ),
  "nothing inside": () => {
    const return_sequences = true;
    const recurrent_initializer = "GlorotNormal";
    return Sequential(
      [
        Input({ shape: [5, 4] }),
        layers.SimpleRNN({ units: 3, return_sequences }),
        layers.SimpleRNN({ units: 3, recurrent_initializer, dropout: 0.2, return_sequences }),
        layers.SimpleRNN({ units: 2, seed: 3 }),
      ],
      { seed },
    );
  },
  "cells in an RNN": () => {
    const x = Input({ shape: [5, 4] });
    const cell = [
      layers.LSTMCell({ units: 4, dropout: 0.1 }),
      layers.GRUCell({ units: 3 }),
      layers.LSTMCell({ units: 2 }),
    ];
    const [y, ...states] = layers.RNN({ cell, return_state: true, return_sequences: true })(x);
    const gru = layers.GRUCell({ units: 3, dropout: 0.2 });
    const both = layers.Bidirectional({ layer: layers.RNN({ cell: gru, return_sequences: true }) })(y);
    const cells = [
      layers.LSTMCell({ units: 4 }),
      layers.GRUCell({ units: 3 }),
      layers.LSTMCell({ units: 2 }),
    ];
    const others = layers.StackedRNNCells({ cells });
    const z = layers.RNN({ cell: others, name: "last" })(both, { initial_state: states });
    const last = layers.RNN({ cell: layers.LSTMCell({ units: 2 }), return_state: true });
    const [w, h, c] = last(both, { initial_state: [z, z] });
    const [, carry] = states[0];
    const outputs = layers.Dense({ units: 2 })(layers.Concatenate()([z, w, h, c, carry]));
    return Model({ inputs: x, outputs, seed });
  },
  "a model of several branches": () => {
    const i = Input({ shape: [4] });
    const first = layers.Dense({ units: 3, activation: "relu" })(i);
    const late = layers.BatchNormalization();
    const drop = layers.Dropout({ rate: 0.3 });
    const add = layers.Add();
    const h = drop(add([first, layers.Dense({ units: 3 })(i)]));
    const inner = Sequential([Input({ shape: [3] }), layers.Dense({ units: 2 })]);
    const net = Model({ inputs: i, outputs: layers.Concatenate()([late(h), inner(h)]) });
    const x = Input({ shape: [5, 4] });
    const y = layers.TimeDistributed({ layer: net })(x);
    const twice = layers.Dense({ units: 5 });
    const j = Input({ shape: [5] });
    const other = Model({ inputs: j, outputs: layers.Subtract()([twice(twice(j)), j]) });
    const both = Sequential([other, layers.Dense({ units: 2 })]);
    const z = layers.TimeDistributed({ layer: both, name: "each" })(y);
    return Model({ inputs: x, outputs: layers.Dense({ units: 1 })(z), seed });
  },
  "a frozen model": () => {
    const i = Input({ shape: [5, 4] });
    const one = layers.LSTM({ units: 3, trainable: false })(i);
    const two = layers.GRU({ units: 3, go_backwards: true, trainable: false })(i);
    const net = Model({ inputs: i, outputs: layers.Add()([one, two]), name: "net", trainable: false });
    const each = layers.TimeDistributed({ layer: net });
    return Sequential([Input({ shape: [2, 5, 4] }), each, layers.Dense({ units: 2 })], { seed });
  },
  "shared: a layer alone and in two others": () => {
    const x = Input({ shape: [5, 4] });
    const layer = layers.Dense({ units: 4, activation: "tanh", kernel_regularizer: "l2" });
    const y = layers.TimeDistributed({ layer })(x);
    const z = layers.TimeDistributed({ layer })(y);
    return Model({ inputs: x, outputs: layers.Dense({ units: 2 })(layer(z)), seed });
  },
  "shared: a cell of two layers": () => {
    const x = Input({ shape: [5, 4] });
    const cell = layers.LSTMCell({ units: 3 });
    const y = layers.RNN({ cell, return_sequences: true })(x);
    const z = layers.RNN({ cell, return_sequences: true, go_backwards: true })(x);
    const own = layers.GRUCell({ units: 2 });
    const cells = [layers.GRUCell({ units: 2 }), own];
    const w = layers.RNN({ cell: cells, return_sequences: true })(layers.Concatenate()([y, z]));
    return Model({ inputs: x, outputs: layers.RNN({ cell: own })(w), seed });
  },
  "shared: a model alone and in each step": () => {
    const i = Input({ shape: [4] });
    const last = layers.BatchNormalization({ momentum: 0.5 });
    const add = layers.Add();
    const sum = add([layers.Dense({ units: 3 })(i), layers.Dense({ units: 3 })(i)]);
    const layer = Model({ inputs: i, outputs: last(sum) });
    const x = Input({ shape: [5, 4] });
    const each = layers.GlobalMaxPooling1D()(layers.TimeDistributed({ layer })(x));
    const mean = layer(layers.GlobalAveragePooling1D()(x));
    return Model({ inputs: x, outputs: layers.Add()([each, mean]), seed });
  },
  "shared: random numbers": () => {
    const i = Input({ shape: [4] });
    const drop = layers.Dropout({ rate: 0.5 });
    const layer = Model({ inputs: i, outputs: layers.Add()([drop(layers.Dense({ units: 4 })(i)), i]) });
    const x = Input({ shape: [5, 4] });
    const y = layers.TimeDistributed({ layer })(layers.TimeDistributed({ layer: drop })(x));
    return Model({ inputs: x, outputs: drop(layer(layers.GlobalAveragePooling1D()(y))), seed });
  },
  "one copied twice": () => {
    const layer = layers.GRU({ units: 3, return_sequences: true });
    const first = layers.Bidirectional({ layer });
    return Sequential([Input({ shape: [5, 4] }), first, layer, layers.Bidirectional({ layer })], { seed });
  },
};

const worst = (values: ArrayLike<number | string>, expected: readonly number[]): number => {
  expect(values.length).toBe(expected.length);
  return Math.max(...expected.map((v, k) => Math.abs(v - Number(values[k]))));
};
function check(model: Built, { weights, x, y, losses = [] }: Case): void {
  const plain = ({ path, trainable }: { path: string; trainable: boolean }) => ({ path, trainable });
  expect(model.weights.map(plain)).toEqual(weights.map(plain));
  weights.forEach(({ data }, k) => expect(worst(model.weights[k].data, data)).toBeLessThan(1e-6));
  const made = model.predict(x);
  expect(worst(made.data, y)).toBeLessThan(2e-6);
  model.compile({
    optimizer: { class_name: "SGD", config: { learning_rate: 0.1, momentum: 0.9 } },
    loss: "mse",
  });
  const ones = { ...made, data: new Float32Array(y.length).fill(1) };
  for (const loss of losses)
    expect(Math.abs((model.trainOnBatch(x, ones) as number) / loss - 1)).toBeLessThan(2e-6);
}

describe("layers inside others, as Keras names, draws and computes them", () => {
  test("every snippet is said with the builders, too", () =>
    expect(Object.keys(written)).toEqual(cases.map(({ name }) => name)));
  test.each(cases)("builders: $name", (one) => check(written[one.name](), one));
  test.each(cases)("snippet: $name", async (one) => check(await loadModel(one.snippet), one));

  const last = cases.filter(({ name }) => name !== "one copied twice");
  test.each(last)("files say them again: $name", async ({ snippet, x }) => {
    const model = await loadModel(snippet);
    const { data } = model.predict(x);
    for (const format of ["keras", "h5"] as const) {
      const again = await loadModel(await model.toBytes(format));
      expect(again.predict(x).data).toEqual(data);
    }
  });
});

/** What is wrong with a Sequential of this layer. */
function problem(make: () => Parameters<typeof Sequential>[0][number]): ModelError {
  try {
    Sequential([Input({ shape: [5, 4] }), make()]);
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  throw new Error("nothing was wrong");
}

describe("what cannot stand inside a layer", () => {
  const loose = layers as unknown as Record<string, (options: object) => ReturnType<typeof layers.Dense>>;
  test.each([
    ["a number", 3, "3"],
    ["nothing", null, "null"],
    ["its class", layers.LSTM, "a function"],
    ["a layer of several inputs", layers.Add(), "Add"],
  ])("%s", (_name, layer, received) => {
    const error = problem(() => loose.TimeDistributed({ layer }));
    expect(error).toMatchObject({ code: "bad-option", received });
    expect(error.message).toMatch(/The option layer of TimeDistributed "time_distributed" does not fit/);
  });
  test("a layer that does not run over steps", () => {
    const error = problem(() => layers.Bidirectional({ layer: layers.Dense({ units: 2 }) }));
    expect(error).toMatchObject({ code: "bad-option", expected: "a recurrent layer", received: "Dense" });
  });
  test("a layer whose own options are at fault", () => {
    const error = problem(() => layers.TimeDistributed({ layer: layers.Dense({ units: 0 }) }));
    expect(error.errors).toMatchObject([
      { code: "bad-option", expected: "Dense's units to be an integer of 1 or more", received: "0" },
    ]);
  });
  test("no layer at all", () => {
    expect(problem(() => loose.TimeDistributed({})).code).toBe("missing-option");
  });
});

describe("a layer in several places", () => {
  test("whose inputs want other weights is refused", async () => {
    const lines = [
      "import keras",
      "from keras import layers",
      "x = keras.Input((4, 4))",
      "d = layers.Dense(3)",
      "m = keras.Model(x, d(layers.TimeDistributed(d)(x)))",
    ];
    const error = (await loadModel(lines.join("\n")).catch((e: unknown) => e)) as ModelError;
    expect(error).toMatchObject({ code: "shape-mismatch" });
  });
  test("that remembers is refused", () => {
    const x = Input({ batch_shape: [2, 4, 4] });
    const layer = layers.GRU({ units: 4, stateful: true, return_sequences: true });
    const y = layers.TimeDistributed({ layer })(layers.Reshape({ target_shape: [1, 4, 4] })(x));
    const z = layer(layers.Reshape({ target_shape: [4, 4] })(y));
    expect(() => Model({ inputs: x, outputs: z })).toThrow(/in a second place/);
  });
  test("is not written as Python", () => {
    for (const { snippet } of cases.filter(({ losses }) => losses))
      expect(() => writePython(build(parsePython(snippet).spec))).toThrow(/in several places/);
  });
  test("may have no weights", () => {
    const x = Input({ shape: [4, 4] });
    const r = layers.ReLU();
    const model = Model({ inputs: x, outputs: r(layers.TimeDistributed({ layer: r })(x)) });
    const rows = [[1, -1, 2, -2]];
    expect(Array.from(model.predict([[...rows, ...rows, ...rows, ...rows]]).data)).toEqual(
      [1, 2, 3, 4].flatMap(() => [1, 0, 2, 0]),
    );
  });
});
