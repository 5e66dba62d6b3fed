/** This project's library: `model.predict(x)` and `model.trainOnBatch(x, y)`. */
export default {
  name: "keraunos",
  kinds: ["predict", "train"],
  async load(net, weights) {
    const keraunos = await import("../../dist/node/index.js");
    const predicting = build(keraunos, net, weights);
    return {
      predictor: (batch) => {
        const shape = [batch, ...net.input_shape];
        return (data) => predicting.predict({ shape, dtype: "float32", data }, { batch_size: batch }).data;
      },
      trainer: ({ optimizer, learning_rate, batch }) => {
        const model = build(keraunos, net, weights);
        model.compile({
          optimizer: withRate(optimizer, learning_rate),
          loss: "sparse_categorical_crossentropy",
        });
        const shape = [batch, ...net.input_shape];
        return (data, y) =>
          model.trainOnBatch({ shape, dtype: "float32", data }, { shape: [batch], dtype: "int32", data: y });
      },
    };
  },
};

/** The net as Keraunos's model, with these weights. */
export function build({ Sequential, layers }, net, weights) {
  const model = Sequential([
    layers.Flatten({ input_shape: net.input_shape }),
    ...net.layers.map(({ units, activation }) => layers.Dense({ units, activation })),
  ]);
  model.setWeights(weights.flatMap(({ kernel, bias }) => [kernel, bias]));
  return model;
}

const CLASSES = { sgd: "SGD", adam: "Adam" };

/** Keras's JSON of an optimizer with a learning rate. */
export const withRate = (optimizer, learning_rate) => ({
  class_name: CLASSES[optimizer],
  config: { learning_rate },
});
