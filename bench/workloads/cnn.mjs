/** Two convolutions with pooling, then two dense layers, on 28×28 images. */
export default {
  name: "cnn",
  order: 3,
  jobs: [
    { kind: "predict", batch: 1, target: { js: 1.7, native: 3 } },
    { kind: "predict", batch: 32, target: { js: 2 } },
    { kind: "train", batch: 32, optimizer: "sgd", target: { js: 110, native: 0.4, keras: 0.55 } },
  ],
};
