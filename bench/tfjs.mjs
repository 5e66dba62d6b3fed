import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { kernelShapes } from "./data.mjs";

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

/** The peer that uses `tf.layers`, as a Keras model converted to TensorFlow.js does. */
export function layersPeer(name, backend) {
  return {
    name,
    kinds: ["predict", "train"],
    async load(net, weights) {
      const { tf, enter } = await tfjs(backend);
      const width = kernelShapes(net)[0][0];
      const predicting = build(tf, net, weights);
      return {
        enter,
        predictor: (batch) => (x) => {
          const y = tf.tidy(() => predicting.predict(tf.tensor2d(x, [batch, width]), { batchSize: batch }));
          const data = y.dataSync();
          y.dispose();
          return data;
        },
        trainer: ({ optimizer, learning_rate, batch }) => {
          const model = build(tf, net, weights);
          model.compile({
            optimizer: tf.train[optimizer](learning_rate),
            loss: "sparseCategoricalCrossentropy",
          });
          return (x, y) =>
            step(tf, model, tf.tensor2d(x, [batch, width]), tf.tensor2d(Float32Array.from(y), [batch, 1]));
        },
      };
    },
  };
}

async function step(tf, model, x, y) {
  const loss = await model.trainOnBatch(x, y);
  tf.dispose([x, y]);
  return loss;
}

function build(tf, net, weights) {
  const [[width]] = kernelShapes(net);
  const layers = net.layers.map(({ units, activation }, i) => {
    return tf.layers.dense({ units, activation, ...(i === 0 && { inputShape: [width] }) });
  });
  const model = tf.sequential({ layers });
  kernelShapes(net).forEach((shape, i) => {
    layers[i].setWeights([tf.tensor2d(weights[i].kernel, shape), tf.tensor1d(weights[i].bias)]);
  });
  return model;
}
