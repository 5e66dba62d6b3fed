import { describe, expect, test } from "vitest";
import {
  activations,
  callbacks,
  initializers,
  Input,
  layers,
  loadModel,
  losses,
  metrics,
  Model,
  ModelError,
  optimizers,
  readIdx,
  readNpy,
  readNpz,
  Sequential,
  writeNpy,
  writeNpz,
} from "../src/index.ts";

const circle: Record<string, unknown> = {};
circle.me = circle;
const floats = new Float32Array(4);
/** Values that hardly any argument takes. */
const strange: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  zero: 0,
  minus: -1,
  fraction: 1.5,
  NaN,
  empty: "",
  word: "x",
  true: true,
  "big integer": 1n,
  symbol: Symbol("s"),
  list: [],
  "list of null": [null],
  "list of big integers": [1n],
  nest: [[]],
  record: {},
  circle,
  "list of a circle": [circle],
  function: () => 1,
  date: new Date(0),
  map: new Map([[0, 1]]),
  view: new DataView(new ArrayBuffer(8)),
  "64-bit array": new BigInt64Array(4),
  "64-bit tensor": { shape: [1, 4], dtype: "float32", data: new BigInt64Array(4) },
  "tensor of nothing": { shape: [1, 4], dtype: "float32", data: null },
  "tensor of a list": { shape: [1, 4], dtype: "float32", data: [1, 2, 3, 4] },
  "tensor without shape": { shape: null, dtype: "float32", data: floats },
  "tensor of another dtype": { shape: [1, 4], dtype: "int32", data: floats },
  "tensor of a symbol": { shape: [1, 4], dtype: Symbol("q"), data: floats },
  bare: Object.create(null) as unknown,
};

/** The public functions as JavaScript sees them: they take anything. */
type Loose = (...args: unknown[]) => unknown;
const loose = (f: unknown): Loose => f as Loose;
type Methods = Readonly<Record<string, Loose>>;

function compiled(): Methods {
  const model = Sequential(
    [layers.Dense({ units: 2, input_shape: [4] }), layers.Dense({ units: 3, activation: "softmax" })],
    { seed: 1 },
  );
  model.compile({ optimizer: "adam", loss: "mse", metrics: ["accuracy"] });
  return model as unknown as Methods;
}
const model = compiled();
const x = { shape: [2, 4], dtype: "float32", data: new Float32Array(8) };
const y = { shape: [2, 3], dtype: "float32", data: new Float32Array(6) };
const input = Input({ shape: [2] });
const output = layers.Dense({ units: 1 })(input);

type Call = readonly [string, Loose];
/** One call for each of these options. */
const each = (name: string, keys: string, call: (options: Record<string, unknown>) => unknown): Call[] =>
  keys.split(" ").map((key) => [`${name} ${key}`, (v) => call({ [key]: v })]);

const FIT =
  "epochs batch_size validation_data validation_split validation_batch_size validation_freq shuffle sample_weight class_weight callbacks initial_epoch seed verbose";
const calls: readonly Call[] = [
  ["predict", (v) => model.predict(v)],
  ["predict options", (v) => model.predict(x, v)],
  ...each("predict", "batch_size", (o) => model.predict(x, o)),
  ["fit x", (v) => model.fit(v, y)],
  ["fit y", (v) => model.fit(x, v)],
  ["fit options", (v) => model.fit(x, y, v)],
  ...each("fit", FIT, (o) => model.fit(x, y, o)),
  ["evaluate x", (v) => model.evaluate(v, y)],
  ["evaluate y", (v) => model.evaluate(x, v)],
  ["evaluate options", (v) => model.evaluate(x, y, v)],
  ...each("evaluate", "batch_size sample_weight return_dict", (o) => model.evaluate(x, y, o)),
  ["trainOnBatch x", (v) => model.trainOnBatch(v, y)],
  ["trainOnBatch y", (v) => model.trainOnBatch(x, v)],
  ["trainOnBatch options", (v) => model.trainOnBatch(x, y, v)],
  ...each("trainOnBatch", "sample_weight class_weight return_dict", (o) => model.trainOnBatch(x, y, o)),
  ["gradients x", (v) => model.gradients(v, y)],
  ["gradients options", (v) => model.gradients(x, y, v)],
  ["compile", (v) => compiled().compile(v)],
  ...each("compile", "optimizer loss metrics loss_weights weighted_metrics", (o) => {
    const fresh = compiled();
    fresh.compile({ loss: "mse", ...o });
    return fresh.trainOnBatch(x, y);
  }),
  ["getLayer", (v) => model.getLayer(v)],
  ["setWeights", (v) => compiled().setWeights(v)],
  ["setWeights of four", (v) => compiled().setWeights([v, v, v, v])],
  ["summary", (v) => model.summary(v)],
  ...each("summary", "keras line_length columns positions expand_nested show_trainable layer_range", (o) =>
    model.summary(o),
  ),
  ["learning_rate", (v) => Object.assign(compiled().optimizer, { learning_rate: v })],
  ["save", (v) => model.save(v)],
  ["toBytes", (v) => model.toBytes(v)],
  ["loadWeights", (v) => model.loadWeights(v)],
  ["loadWeights options", (v) => model.loadWeights(new Uint8Array(), v)],
  ["compileTo", (v) => model.compileTo(v)],
  ...each("compileTo", "target training weights batch_size input_shape deterministic winograd name", (o) =>
    model.compileTo(o),
  ),
  ["loadModel", (v) => loose(loadModel)(v)],
  ["loadModel options", (v) => loose(loadModel)("{}", v)],
  ...each("loadModel", "weights seed define model layers limits deterministic winograd engine", (o) =>
    loose(loadModel)("{}", o),
  ),
  ["Sequential", (v) => loose(Sequential)(v)],
  ["Sequential of one", (v) => loose(Sequential)([v])],
  ["Sequential options", (v) => loose(Sequential)([layers.Dropout({ rate: 0.5 })], v)],
  ...each("Sequential", "name seed trainable", (o) => loose(Sequential)([layers.Dropout({ rate: 0.5 })], o)),
  ["Model", (v) => loose(Model)(v)],
  ...each("Model", "inputs outputs name seed trainable", (o) =>
    loose(Model)({ inputs: input, outputs: output, ...o }),
  ),
  ["Input", (v) => loose(Input)(v)],
  ["Dense", (v) => Sequential([loose(layers.Dense)(v) as never])],
  ...each("Dense", "units activation kernel_initializer name", (o) =>
    Sequential([loose(layers.Dense)({ units: 1, input_shape: [2], ...o }) as never]),
  ),
  ["call of a layer", (v) => loose(layers.Dense({ units: 1 }))(v)],
  ["call options of a layer", (v) => loose(layers.Dense({ units: 1 }))(input, v)],
  ["losses.get", (v) => losses.get(v)],
  ["loss y", (v) => loose(losses.get("mse").value)(v, [[1]])],
  ["loss p", (v) => loose(losses.get("mse").value)([[1]], v)],
  ["loss weights", (v) => loose(losses.get("mse").value)([[1]], [[1]], v)],
  ["metrics.get", (v) => metrics.get(v)],
  ["metric y", (v) => loose(metrics.get("mse").updateState)(v, [[1]])],
  ["metric p", (v) => loose(metrics.get("mse").updateState)([[1]], v)],
  ["metric weights", (v) => loose(metrics.get("mse").updateState)([[1]], [[1]], v)],
  ["activations.get", (v) => loose(activations.get)(v)],
  ["softmax", (v) => loose(activations.get("softmax"))(v)],
  ["glu", (v) => loose(activations.get("glu"))(v)],
  ["initializers.get", (v) => initializers.get(v)],
  ["initializer", (v) => loose(initializers.get("glorot_uniform"))(v)],
  ["initializer of sizes", (v) => loose(initializers.get("ones"))([v, 2])],
  ["optimizers.get", (v) => optimizers.get(v)],
  ["optimizers.get config", (v) => optimizers.get({ class_name: "SGD", config: v })],
  ["readNpy", (v) => loose(readNpy)(v)],
  ["readNpz", (v) => loose(readNpz)(v)],
  ["readIdx", (v) => loose(readIdx)(v)],
  ["writeNpy", (v) => loose(writeNpy)(v)],
  ["writeNpz", (v) => loose(writeNpz)(v)],
  ["writeNpz of one", (v) => loose(writeNpz)({ a: v })],
  ["EarlyStopping", (v) => loose(callbacks.EarlyStopping)(v)],
  ...each("EarlyStopping", "monitor mode min_delta patience verbose baseline start_from_epoch", (o) =>
    loose(callbacks.EarlyStopping)(o),
  ),
  ["ModelCheckpoint", (v) => loose(callbacks.ModelCheckpoint)(v)],
  ...each("ModelCheckpoint", "filepath monitor mode verbose save_freq", (o) =>
    loose(callbacks.ModelCheckpoint)({ filepath: "m.keras", ...o }),
  ),
  ["CSVLogger", (v) => loose(callbacks.CSVLogger)(v)],
];

describe("whatever a public function is called with, it works or says what is wrong", () => {
  test.each(calls)("%s", async (_name, call) => {
    const others: string[] = [];
    for (const [what, value] of Object.entries(strange)) {
      try {
        await call(value);
      } catch (error) {
        if (!(error instanceof ModelError)) others.push(`${what}: ${String(error)}`);
      }
    }
    expect(others).toEqual([]);
  });
});

/** What a call is refused with. */
async function refusal(call: () => unknown): Promise<ModelError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

test.each<readonly [string, () => unknown, string, string]>([
  ["big integers", () => model.predict([[1n, 2n, 3n, 4n]]), "numbers or booleans", "1n"],
  ["a 64-bit tensor", () => model.predict(strange["64-bit tensor"]), "Float32Array", "BigInt64Array"],
  [
    "a tensor of another dtype",
    () => model.predict(strange["tensor of another dtype"]),
    "Int32Array",
    "Float32Array",
  ],
  ["a broken seed", () => loose(Sequential)([], { seed: 1.5 }), "a whole number from 0", "1.5"],
  ["a negative size", () => initializers.get("ones")([-1, 2]), "whole number from 0", "[-1,2]"],
  ["a layer's number", () => model.getLayer(0), "dense", "0"],
  ["a learning rate", () => Object.assign(compiled().optimizer, { learning_rate: "x" }), "a number", '"x"'],
  ["a class weight", () => model.fit(x, y, { class_weight: { 0: "x" } }), "a number", '"x"'],
  ["class weights in a Map", () => model.fit(x, y, { class_weight: new Map([[0, 2]]) }), "record", "{}"],
  ["an option", () => model.fit(x, y, { epoch: 2 }), "epochs", "epoch"],
])("%s: what was expected, what was received", async (_name, call, expected, received) => {
  const error = await refusal(call);
  expect(error.expected).toContain(expected);
  expect(error.received).toContain(received);
});
