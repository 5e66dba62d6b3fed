import { describe, expect, test } from "vitest";
import { loadModel, type ModelError } from "../src/node/index.ts";
import { compileSpec } from "../src/parser/keras-compile.ts";

const layer = (class_name: string, config: object = {}): object => ({
  class_name,
  config: { name: class_name.toLowerCase(), ...config },
});
const stack = (keras_version: string | undefined, ...layers: object[]): string =>
  JSON.stringify({ class_name: "Sequential", config: layers, keras_version });
const dense = (config: object = {}): object =>
  layer("Dense", { batch_input_shape: [null, 3], units: 2, ...config });
const old = (config: object = {}): object =>
  layer("Dense", { batch_input_shape: [null, 3], output_dim: 2, ...config });
const policy = (class_name: string, name: string): object => ({
  dtype: { class_name, config: { name, loss_scale: null } },
});
const problems = async (text: string): Promise<readonly string[]> => {
  const error = (await loadModel(text).catch((e: unknown) => e)) as ModelError;
  return error.errors.map(({ message, expected, received }) => `${message} ${expected} / ${received}`);
};

describe("what files of older Keras say in other words", () => {
  test.each<[string, string]>([
    ["a policy", stack("2.4.0", dense(policy("Policy", "float32")))],
    ["a policy of TensorFlow 2.1", stack("2.2.4-tf", dense(policy("PolicyV1", "float32")))],
    ["no policy", stack("2.2.4-tf", dense({ dtype: null }))],
    ["the type of the data", stack("2.2.4", layer("Embedding", { ...rows(), dtype: "int32" }))],
    ["a list of TensorFlow", stack("2.2.4-tf", dense(), norm({ class_name: "ListWrapper", items: [1] }))],
    ["classes of TensorFlow 1", stack("2.2.4-tf", dense(), layer("BatchNormalizationV1", { axis: [1] }))],
    [
      "a table of numbers",
      stack(
        "2.4.0",
        layer("Embedding", {
          ...rows(),
          ...table([
            [1, 2],
            [3, 4],
          ]),
        }),
      ),
    ],
    ["no version", stack(undefined, dense())],
    ["cuDNN", stack("2.3.1", layer("CuDNNGRU", { ...steps(), units: 2, return_sequences: true }))],
    ["no layers", stack("1.2.2")],
  ])("%s", async (_name, text) => {
    const model = await loadModel(text);
    expect(model.notes).toEqual([]);
  });

  test.each<[string, RegExp]>([
    [stack("2.4.0", dense(policy("Policy", "mixed_float16"))), /The option dtype of .*"mixed_float16"/],
    [
      stack("1.2.2", old(), norm(1, { mode: 1 })),
      /The option mode of BatchNormalization "norm" does not fit. 0 .*\/ 1/,
    ],
    [stack("1.2.2", layer("Highway", { batch_input_shape: [null, 3] })), /Layer Highway "highway"/],
    [
      stack("1.2.2", old({ W_regularizer: { name: "EigenvalueRegularizer", k: 1 } })),
      /"EigenvalueRegularizer"/,
    ],
    [stack("1.2.2", layer("Merge", { mode: "code", mode_type: "lambda", layers: [] })), /Layer Merge/],
    [stack("1.2.2", layer("Lambda", { batch_input_shape: [null, 3] })), /Python code/],
    [stack("3.1.0", old()), /no option output_dim/],
    [stack("1.2.2", layer("LSTM", { ...steps(), output_dim: 2, stateful: true })), /stateful/],
    [
      stack("1.2.2", image("th"), layer("MaxPooling2D", { dim_ordering: "tf" }), layer("ZeroPadding2D")),
      /ZeroPadding2D "zeropadding2d" needs the option data_format/,
    ],
  ])("%#: what cannot be read is named", async (text, expected) => {
    expect((await problems(text)).join("\n")).toMatch(expected);
  });

  test("of the two biases on cuDNN, a note", async () => {
    const { notes, layers } = await loadModel(stack("2.3.1", layer("CuDNNLSTM", { ...steps(), units: 2 })));
    expect(notes.map(({ message }) => message)).toEqual([expect.stringMatching(/sum of its two biases/)]);
    expect(layers[0].config).toMatchObject({ recurrent_activation: "sigmoid" });
  });

  test("dropped rows of a table are left out with a note", async () => {
    const model = await loadModel(stack("1.2.2", layer("Embedding", { ...rows(), dropout: 0.2 })));
    expect(model.notes.map(({ message }) => message)).toEqual([
      'Embedding "embedding": the dropout of its rows, in training alone, is left out as in Keras 2.',
    ]);
  });

  test("layers that do not say their order of axes have that of the others", async () => {
    const model = await loadModel(stack("1.2.2", image("th"), layer("ZeroPadding2D", { padding: [1, 2] })));
    expect(model.predict(new Array(1).fill(nested([2, 8, 8]))).shape).toEqual([1, 2, 8, 10]);
  });

  test("an input is named after the layer behind it", async () => {
    const model = await loadModel(stack("2.2.4", dense()));
    expect(model.predict({ dense_input: [[1, 2, 3]] }).shape).toEqual([1, 2]);
  });
});

function rows(): object {
  return { batch_input_shape: [null, 4], input_dim: 2, output_dim: 2 };
}
function steps(): object {
  return { batch_input_shape: [null, 5, 3] };
}
function table(value: unknown): object {
  return { embeddings_initializer: { class_name: "Constant", config: { value } } };
}
function norm(axis: unknown, more: object = {}): object {
  return layer("BatchNormalization", { name: "norm", axis, ...more });
}
function image(dim_ordering: string): object {
  const taps = { nb_filter: 2, nb_row: 3, nb_col: 3, border_mode: "valid" };
  return layer("Convolution2D", { batch_input_shape: [null, 2, 8, 8], ...taps, dim_ordering });
}
function nested([first, ...rest]: readonly number[]): unknown[] {
  return Array.from({ length: first }, (_, k) => (rest.length ? nested(rest) : k));
}

describe("what compile was given", () => {
  const spec = (config: object, version: string): unknown =>
    compileSpec({ loss: "mean_squared_error", ...config }, {}, { version });
  const optimizer = (config: object): object => ({ optimizer_config: { class_name: "SGD", config } });

  test.each<[string, object, string, object]>([
    ["lr", optimizer({ lr: 0.1, decay: 0 }), "1.2.2", { config: { learning_rate: 0.1 } }],
    ["the norm of all", optimizer({ lr: 1, clipnorm: 2 }), "2.3.1", { config: { global_clipnorm: 2 } }],
    ["the norm of each", optimizer({ learning_rate: 1, clipnorm: 2 }), "2.4.0", { config: { clipnorm: 2 } }],
    [
      "decay",
      optimizer({ lr: 0.5, decay: 0.1 }),
      "2.2.4",
      {
        config: {
          learning_rate: { class_name: "InverseTimeDecay", config: { decay_steps: 1, decay_rate: 0.1 } },
        },
      },
    ],
  ])("%s", (_name, config, version, expected) => {
    expect(spec(config, version)).toMatchObject({ optimizer: expected });
  });

  test("a class without the function beside it", () => {
    const loss = {
      class_name: "BinaryCrossentropy",
      config: { from_logits: true, fn: "binary_crossentropy" },
    };
    const metrics = [[{ class_name: "MeanMetricWrapper", config: { name: "acc", fn: "binary_accuracy" } }]];
    expect(spec({ loss, metrics, ...optimizer({}) }, "2.15.0")).toMatchObject({
      loss: { class_name: "BinaryCrossentropy", config: { from_logits: true } },
      metrics: [[{ class_name: "binary_accuracy", config: { name: "acc" } }]],
    });
  });

  test.each([
    ["2.2.4", { class_name: "BinaryAccuracy", config: { name: "acc" } }],
    ["2.4.0", "acc"],
  ])("accuracy beside the binary crossentropy in Keras %s", (version, expected) => {
    const config = { loss: "binary_crossentropy", metrics: ["acc"], ...optimizer({}) };
    expect(spec(config, version)).toMatchObject({ metrics: [expected] });
  });
});
