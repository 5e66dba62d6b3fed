import { beforeEach, describe, expect, test } from "vitest";
import { build } from "../src/ir/build.ts";
import { kerasModel } from "../src/parser/keras-json.ts";
import type { FitOptions } from "../src/runtime/fit.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import { createModel, type Model } from "../src/runtime/model.ts";

const config = {
  class_name: "Sequential",
  config: {
    name: "m",
    layers: [
      { class_name: "InputLayer", config: { batch_shape: [null, 2], name: "in" } },
      { class_name: "Dense", config: { units: 3, activation: "softmax", name: "out" } },
    ],
  },
};
const x = [
  [1, 2],
  [3, 4],
  [5, 6],
  [7, 8],
];
const y = [0, 1, 2, 1];
let model: Model;
beforeEach(() => {
  model = createModel({ ir: build(kerasModel(config)), session: interpretSession() });
  model.compile({ optimizer: "sgd", loss: "sparse_categorical_crossentropy", metrics: ["accuracy"] });
});

describe("fit refuses, and leaves the weights as they were:", () => {
  test.each<[string, unknown, unknown, object, RegExp]>([
    ["samples of another size", [[1, 2, 3]], [0], {}, /input in has another shape.*\(None, 2\).*\(1, 3\)/],
    ["one number too deep", [[[1, 2]]], [0], {}, /\(None, 2\).*\(1, 1, 2\)/],
    ["unequal lengths", x, [0, 1], {}, /same number of samples.*\(4, 2\).*\(2,\)/],
    ["no samples", { shape: [0, 2], dtype: "float32", data: new Float32Array(0) }, [], {}, /no samples/],
    ["a label past the last class", x, [0, 1, 2, 3], {}, /no class.*0 to 2.*3 at element 3/],
    ["a negative label", x, [0, 1, 2, -1], {}, /-1 at element 3/],
    ["a label between classes", x, [0, 1, 0.5, 2], {}, /0\.5 at element 2/],
    ["a label that is no number", x, [0, 1, 2, NaN], {}, /NaN at element 3/],
    [
      "labels of another rank",
      x,
      [[[0]], [[1]], [[2]], [[1]]],
      {},
      /do not fit.*class numbers of shape \(None,\)/,
    ],
    ["no labels", x, undefined, {}, /no labels/],
    ["strings", { shape: [1, 2], dtype: "string", data: ["a", "b"] }, [0], {}, /strings/],
    [
      "a tensor of too few values",
      { shape: [2, 2], dtype: "float32", data: new Float32Array(3) },
      [0, 1],
      {},
      /4 elements but 3/,
    ],
    ["an unknown input", { other: x }, y, {}, /no data for in/],
    ["an unknown option", x, y, { epoch: 3 }, /no option "epoch"/],
    ["half an epoch", x, y, { epochs: 1.5 }, /epochs.*0 or more/],
    ["fewer than none", x, y, { epochs: -1 }, /epochs.*0 or more/],
    ["an empty batch", x, y, { batch_size: 0 }, /batch_size.*1 or more/],
    ["a split that leaves nothing", x, y, { validation_split: 0.9 }, /validation_split/],
    ["validation data that is no list", x, y, { validation_data: x }, /\[x, y\]/],
    ["a wrong validation label", x, y, { validation_data: [x, [0, 1, 2, 7]] }, /7 at element 3/],
    [
      "two kinds of weights",
      x,
      y,
      { class_weight: { 0: 2 }, sample_weight: [1, 1, 1, 1] },
      /at the same time/,
    ],
    ["weights of another length", x, y, { sample_weight: [1, 2] }, /same number of samples/],
    ["a weight that is no number", x, y, { sample_weight: [1, 1, NaN, 1] }, /NaN at element 2/],
  ])("%s", async (_what, badX, badY, options, message) => {
    const before = model.getWeights();
    await expect(Promise.resolve().then(() => model.fit(badX, badY, options as FitOptions))).rejects.toThrow(
      message,
    );
    expect(model.getWeights()).toEqual(before);
  });

  test("a model that was not compiled", async () => {
    const plain = createModel({ ir: build(kerasModel(config)), session: interpretSession() });
    await expect(Promise.resolve().then(() => plain.fit(x, y))).rejects.toThrow(/compiled/);
  });
});

describe("compile refuses", () => {
  test.each<[string, object, RegExp]>([
    ["a misspelt loss", { loss: "mean_sqared_error" }, /mean_squared_error/],
    ["an unknown optimizer", { optimizer: "muon", loss: "mse" }, /muon.*not supported/],
    [
      "a learning-rate schedule without its options",
      {
        optimizer: {
          class_name: "Adam",
          config: { learning_rate: { class_name: "CosineDecay", config: {} } },
        },
        loss: "mse",
      },
      /learning_rate.*CosineDecay's initial_learning_rate/s,
    ],
    [
      "moving averages of weights",
      { optimizer: { class_name: "SGD", config: { use_ema: true } }, loss: "mse" },
      /use_ema/,
    ],
    [
      "accumulated gradients",
      { optimizer: { class_name: "SGD", config: { gradient_accumulation_steps: 4 } }, loss: "mse" },
      /gradient_accumulation_steps/,
    ],
    [
      "two ways of clipping",
      { optimizer: { class_name: "SGD", config: { clipnorm: 1, clipvalue: 1 } }, loss: "mse" },
      /Only one/,
    ],
    [
      "momentum above 1",
      { optimizer: { class_name: "SGD", config: { momentum: 1.5 } }, loss: "mse" },
      /momentum.*0 to 1/,
    ],
    [
      "losses for more outputs than there are",
      { optimizer: "sgd", loss: ["mse", "mse"] },
      /loss does not match/,
    ],
    ["a loss for another output", { optimizer: "sgd", loss: { other: "mse" } }, /keys out/],
    [
      "a metric that is no list",
      { optimizer: "sgd", loss: "mse", metrics: "accuracy" },
      /metrics does not match/,
    ],
  ])("%s", (_what, options, message) => {
    expect(() => model.compile(options)).toThrow(message);
  });
});

describe("data is taken as Keras takes it", () => {
  test("bytes, integers, booleans and nested arrays mean the same", () => {
    const flat = x.flat();
    const wanted = model.predict(x);
    for (const data of [Uint8Array.from(flat), Int32Array.from(flat), Float32Array.from(flat)]) {
      const dtype = data instanceof Uint8Array ? "uint8" : data instanceof Int32Array ? "int32" : "float32";
      expect(model.predict({ shape: [4, 2], dtype, data })).toEqual(wanted);
    }
    expect(model.predict({ in: x })).toEqual(wanted);
    expect(model.predict([[true, false]])).toEqual(model.predict([[1, 0]]));
  });
  test("labels of shape (n,) and (n, 1) mean the same", async () => {
    expect(model.evaluate(x, y)).toEqual(
      model.evaluate(
        x,
        y.map((c) => [c]),
      ),
    );
  });
  test("more rows than a batch run in chunks", () => {
    expect(model.predict(x, { batch_size: 3 })).toEqual(model.predict(x));
  });
});
