/** The lecture's Fashion-MNIST classifier. */
export default {
  name: "lecture-mlp",
  net: {
    input_shape: [28, 28],
    layers: [
      { units: 300, activation: "relu" },
      { units: 100, activation: "relu" },
      { units: 10, activation: "softmax" },
    ],
  },
  jobs: [
    { kind: "predict", batch: 1 },
    { kind: "predict", batch: 32 },
    { kind: "predict", batch: 256 },
    { kind: "train", batch: 32, optimizer: "sgd" },
    { kind: "train", batch: 32, optimizer: "adam" },
  ],
};
