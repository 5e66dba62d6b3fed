/** This project, from its build or from where $KERAUNOS_LIBRARY says. */
export const keraunos = () => import(process.env.KERAUNOS_LIBRARY ?? "../dist/node/index.js");

/** The library with options of `loadModel`: `model.predict(x)` and `model.trainOnBatch(x, y)`. */
export function library(name, options) {
  return {
    name,
    kinds: ["predict", "train"],
    async load(net) {
      const { loadModel } = await keraunos();
      const load = () => loadModel(`${net.path}model.keras`, options);
      const predicting = await load();
      const input = (data, batch) => ({ shape: [batch, ...net.input_shape], dtype: "float32", data });
      return {
        predictor: (batch) => (x) => predicting.predict(input(x, batch), { batch_size: batch }).data,
        trainer: async ({ optimizer, learning_rate, batch }) => {
          const model = await load();
          model.compile({ optimizer: withRate(optimizer, learning_rate), loss: net.loss });
          return (x, labels) => model.trainOnBatch(input(x, batch), labelled(labels));
        },
      };
    },
  };
}

/** Class numbers are one a row, other labels a column. */
const labelled = (data) =>
  data instanceof Int32Array
    ? { shape: [data.length], dtype: "int32", data }
    : { shape: [data.length, 1], dtype: "float32", data };

const CLASSES = { sgd: "SGD", adam: "Adam" };

/** Keras's JSON of an optimizer with a learning rate. */
export const withRate = (optimizer, learning_rate) => ({
  class_name: CLASSES[optimizer],
  config: { learning_rate },
});
