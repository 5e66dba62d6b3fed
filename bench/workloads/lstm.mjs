/** 100 steps of 64 numbers through an LSTM of 128 units. */
export default {
  name: "lstm",
  order: 8,
  jobs: [
    { kind: "predict", batch: 1, target: { js: 1.15, native: 4 } },
    { kind: "train", batch: 32, optimizer: "sgd", target: { js: 5.5, native: 0.5 } },
  ],
};
