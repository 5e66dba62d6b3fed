import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** TensorFlow.js on one of its backends; entering makes the backend the current one. */
export async function tfjs(backend) {
  const tf = await import("@tensorflow/tfjs");
  if (backend === "wasm") await prepareWasm();
  const enter = async () => {
    await tf.setBackend(backend);
    await tf.ready();
  };
  await enter();
  return { tf: tf.default ?? tf, enter };
}

async function prepareWasm() {
  const wasm = await import("@tensorflow/tfjs-backend-wasm");
  const { setWasmPaths, setThreadsCount } = wasm.default ?? wasm;
  const require = createRequire(import.meta.url);
  setWasmPaths(join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist/"));
  setThreadsCount(1);
}

const LOSSES = {
  sparse_categorical_crossentropy: "sparseCategoricalCrossentropy",
  mean_squared_error: "meanSquaredError",
};

/** The peer that uses `tf.layers`, as a Keras model converted to TensorFlow.js does. */
export function layersPeer(name, backend) {
  return {
    name,
    kinds: ["predict", "train"],
    async load(net) {
      const { tf, enter } = await tfjs(backend);
      const predicting = build(tf, net);
      const input = (x, batch) => tf.tensor(x, [batch, ...net.input_shape]);
      return {
        enter,
        predictor: (batch) => (x) => {
          const y = tf.tidy(() => predicting.predict(input(x, batch), { batchSize: batch }));
          const data = y.dataSync();
          y.dispose();
          return data;
        },
        trainer: ({ optimizer, learning_rate, batch }) => {
          const model = build(tf, net);
          model.compile({ optimizer: tf.train[optimizer](learning_rate), loss: LOSSES[net.loss] });
          const column = (labels) => tf.tensor2d(Float32Array.from(labels), [batch, 1]);
          return (x, labels) => step(tf, model, input(x, batch), column(labels));
        },
        close: () => predicting.dispose(),
      };
    },
  };
}

async function step(tf, model, x, y) {
  const loss = await model.trainOnBatch(x, y);
  tf.dispose([x, y]);
  return loss;
}

/** What a layer of `tf.layers` is given of Keras's config. */
const KEYS = [
  ...["units", "activation", "use_bias", "filters", "kernel_size", "strides", "padding", "dilation_rate"],
  ...["pool_size", "epsilon", "axis", "max_value", "recurrent_activation", "return_sequences", "rate"],
];
/** Layers that only pass masks on, in Keras 3 layers of their own. */
const MASKS = ["NotEqual", "Any"];

function build(tf, net) {
  const values = new Map();
  for (const layer of net.layers.filter((one) => !MASKS.includes(one.class))) {
    const inputs = layer.inputs.filter((input) => values.has(input)).map((input) => values.get(input));
    if (layer.class === "InputLayer") values.set(layer.name, tf.input({ shape: net.input_shape }));
    else {
      const made = make(tf, layer);
      values.set(layer.name, made.apply(inputs.length > 1 ? inputs : inputs[0]));
      made.setWeights(layer.weights.map(({ data, shape }) => tf.tensor(data, shape)));
    }
  }
  return tf.model({ inputs: values.get(net.layers[0].name), outputs: values.get(net.layers.at(-1).name) });
}

function make(tf, { class: name, config }) {
  if (name === "Bidirectional") throw new Error("tf.layers.gru has no reset_after");
  const made = tf.layers[spelled(name)];
  if (!made) throw new Error(`tf.layers has no ${name}`);
  const given = KEYS.filter((key) => config[key] !== undefined && config[key] !== null);
  const options = Object.fromEntries(given.map((key) => [camel(key), config[key]]));
  // weights are set right after: drawing an orthogonal matrix first takes seconds
  return made(config.recurrent_initializer ? { ...options, recurrentInitializer: "zeros" } : options);
}

/** `Conv2D` is `conv2d`, `LSTM` is `lstm`, `ReLU` is `reLU`. */
function spelled(name) {
  const flat = name.replace(/([123])D/, "$1d");
  return /^[A-Z]+$/.test(flat) ? flat.toLowerCase() : flat[0].toLowerCase() + flat.slice(1);
}

const camel = (key) => key.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
