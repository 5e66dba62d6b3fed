import { kernelShapes } from "../data.mjs";
import { tfjs } from "../tfjs.mjs";

/** TensorFlow.js without its layers: fused products on tensors that stay in WebAssembly, the best it can do. */
export default {
  name: "tfjs-wasm-ops",
  kinds: ["predict"],
  async load(net, weights) {
    const { tf, enter } = await tfjs("wasm");
    const shapes = kernelShapes(net);
    const kept = weights.map(({ kernel, bias }, i) => ({
      b: tf.tensor2d(kernel, shapes[i]),
      bias: tf.tensor1d(bias),
    }));
    const layer = (a, i) => {
      const relu = net.layers[i].activation === "relu";
      const y = tf.fused.matMul({ a, ...kept[i], activation: relu ? "relu" : "linear" });
      return relu ? y : tf.softmax(y);
    };
    return {
      enter,
      predictor: (batch) => (x) => {
        const y = tf.tidy(() => kept.reduce((a, _, i) => layer(a, i), tf.tensor2d(x, [batch, shapes[0][0]])));
        const data = y.dataSync();
        y.dispose();
        return data;
      },
    };
  },
};
