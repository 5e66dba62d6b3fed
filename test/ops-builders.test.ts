import { describe, expect, test } from "vitest";
import { Input, layers, loadModel, Model, ModelError, ops } from "../src/node/index.ts";

const python = (lines: string): ReturnType<typeof loadModel> =>
  loadModel(`import keras\nfrom keras import layers, ops\n${lines}\n`);

const input = () => Input({ shape: [4, 6], name: "x" });
const x = input();
const ids = Input({ shape: [5], name: "ids" });

/** The same model in Python and in TypeScript. */
const CASES: readonly (readonly [name: string, snippet: string, made: ReturnType<typeof Model>])[] = [
  [
    "arithmetic and reductions",
    `x = keras.Input((4, 6), name="x")
y = ops.mean(x * 2 + 1, axis=1)
model = keras.Model(x, [y, ops.sum(x, axis=[1, 2], keepdims=True), -x, 1 - x, x ** 2, ops.clip(x, -1, 1)])`,
    Model({
      inputs: x,
      outputs: [
        ops.mean(ops.add(ops.multiply(x, 2), 1), { axis: 1 }),
        ops.sum(x, { axis: [1, 2], keepdims: true }),
        ops.negative(x),
        ops.subtract(1, x),
        ops.power(x, 2),
        ops.clip(x, { x_min: -1, x_max: 1 }),
      ],
    }),
  ],
  [
    "indices",
    `x = keras.Input((4, 6), name="x")
model = keras.Model(x, [x[:, 0], x[..., 1:3], x[:, None], x[:, ::2]])`,
    Model({
      inputs: x,
      outputs: [
        ops.getItem(x, [{}, 0]),
        ops.getItem(x, ["...", { start: 1, stop: 3 }]),
        ops.getItem(x, [{}, null]),
        ops.getItem(x, [{}, { step: 2 }]),
      ],
    }),
  ],
  [
    "shapes, lists and several outputs",
    `x = keras.Input((4, 6), name="x")
a, b = ops.split(x, 2, axis=2)
c = ops.concatenate([a, b, a], axis=-1)
d = ops.reshape(ops.transpose(c, (0, 2, 1)), (-1, 36))
model = keras.Model(x, [ops.stack([a, b], axis=1), ops.expand_dims(d, -1), layers.Dense(3)(ops.softmax(d))])`,
    (() => {
      const [a, b] = ops.split(x, { indices_or_sections: 2, axis: 2 });
      const c = ops.concatenate([a, b, a], { axis: -1 });
      const d = ops.reshape(ops.transpose(c, { axes: [0, 2, 1] }), { newshape: [-1, 36] });
      const stacked = ops.stack([a, b], { axis: 1 });
      const deeper = ops.expandDims(d, { axis: -1 });
      return Model({ inputs: x, outputs: [stacked, deeper, layers.Dense({ units: 3 })(ops.softmax(d))] });
    })(),
  ],
  [
    "masks",
    `ids = keras.Input((5,), name="ids")
x = layers.Embedding(9, 4, mask_zero=True)(ids)
x = layers.LSTM(3, return_sequences=True)(x)
model = keras.Model(ids, layers.GlobalAveragePooling1D()(layers.Dense(2)(x)))`,
    (() => {
      const rows = layers.Embedding({ input_dim: 9, output_dim: 4, mask_zero: true })(ids);
      const steps = layers.LSTM({ units: 3, return_sequences: true })(rows);
      const wide = layers.Dense({ units: 2 })(steps);
      return Model({ inputs: ids, outputs: layers.GlobalAveragePooling1D()(wide) });
    })(),
  ],
];

describe("a model with operations is the same in TypeScript as in Python", () => {
  test.each(CASES)("%s", async (_name, snippet, made) => {
    const model = await python(snippet);
    expect(made.summary()).toBe(model.summary());
    const json = async (one: typeof model): Promise<unknown> =>
      JSON.parse(new TextDecoder().decode(await one.toBytes("json")));
    expect(await json(made as unknown as typeof model)).toEqual(await json(model));
  });

  test("it runs", () => {
    const y = Model({ inputs: x, outputs: ops.sum(ops.multiply(x, x), { axis: [1, 2] }) });
    const ones = { shape: [2, 4, 6], dtype: "float32" as const, data: new Float32Array(48).fill(2) };
    expect([...y.predict(ones).data]).toEqual([96, 96]);
  });

  test.each<[string, () => unknown, RegExp]>([
    [
      "an operand too few",
      () => (ops.add as (x: unknown) => unknown)(x),
      /ops\.add is called with another number/,
    ],
    ["no tensor", () => ops.mean(3), /What ops\.mean is called on is not made of symbolic tensors/],
    ["a misspelt option", () => ops.mean(x, { axes: 1 } as never), /Did you mean axis\?/],
    ["a layer for a tensor", () => ops.relu(layers.ReLU() as never), /is not made of symbolic tensors/],
  ])("%s is refused", (_name, work, message) => {
    expect(work).toThrow(ModelError);
    expect(work).toThrow(message);
  });
});
