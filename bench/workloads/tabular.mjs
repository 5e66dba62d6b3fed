/** A tiny net on rows of eight numbers, 8-16-16-1: nothing but what a call costs. */
export default {
  name: "tabular",
  order: 1,
  jobs: [
    { kind: "predict", batch: 1, target: { js: 5, native: 100 } },
    { kind: "train", batch: 32, optimizer: "sgd", target: { js: 8, native: 15 } },
  ],
};
