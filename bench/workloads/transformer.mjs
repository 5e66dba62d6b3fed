/** 64 tokens of 128 numbers through two blocks of attention, four heads, with normalisation behind. */
export default {
  name: "transformer",
  order: 10,
  jobs: [
    { kind: "predict", batch: 1, target: { js: 1.2 } },
    { kind: "train", batch: 32, optimizer: "sgd", target: { js: 1.7 } },
  ],
};
