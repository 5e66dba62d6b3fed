import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

// Trainable and non-trainable parameters, as Keras 3.15.1 counts them: the constructor's flag reaches no layer inside.
const COUNTS: readonly (readonly [string, number, number])[] = [
  ["layers.MultiHeadAttention(2, 2, trainable=False)(x, x)", 80, 0],
  ["layers.Dense(2, trainable=False)(x)", 0, 10],
  ["layers.Bidirectional(layers.LSTM(2), trainable=False)(x)", 112, 0],
  ["layers.TimeDistributed(layers.Dense(2), trainable=False)(x)", 10, 0],
  ["layers.RNN(layers.LSTMCell(2), trainable=False)(x)", 56, 0],
  ["layers.LSTM(2, trainable=False)(x)", 0, 56],
  ["layers.BatchNormalization(trainable=False)(x)", 0, 16],
  ["layers.SeparableConv1D(2, 2, trainable=False)(x)", 0, 18],
  ["keras.Sequential([layers.Dense(2)], trainable=False)(x)", 10, 0],
];

const counted = async (call: string, after = ""): Promise<number[]> => {
  const model = await loadModel(`
import keras
from keras import layers
x = keras.Input((3, 4))
model = keras.Model(x, ${call})
${after}
`);
  const text = model.summary();
  return ["Trainable", "Non-trainable"].map((kind) =>
    Number(new RegExp(`${kind} params: (\\d+)`).exec(text)![1]),
  );
};

test.each(COUNTS)("%s", async (call, trained, frozen) => {
  expect(await counted(call)).toEqual([trained, frozen]);
});

test("the attribute reaches all", async () => {
  expect(await counted(COUNTS[0][0], "model.layers[1].trainable = True\nmodel.trainable = False")).toEqual([
    0, 80,
  ]);
});
