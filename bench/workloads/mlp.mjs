/** The lecture's classifier of 28×28 images, 784-300-100-10. */
export default {
  name: "mlp",
  order: 2,
  jobs: [
    { kind: "predict", batch: 1, target: { js: 1.5 } },
    { kind: "predict", batch: 32, target: { js: 1.25 } },
    { kind: "predict", batch: 256, target: { js: 1.25 } },
    { kind: "train", batch: 32, optimizer: "sgd", target: { js: 1.7, native: 0.8, keras: 1 } },
    { kind: "train", batch: 32, optimizer: "adam", target: { js: 2.2, native: 0.8, keras: 1 } },
  ],
};
