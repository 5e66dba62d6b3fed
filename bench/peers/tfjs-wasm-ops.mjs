import { folded, missing } from "../fold.mjs";
import { tfjs } from "../tfjs.mjs";

/** TensorFlow.js without its layers: fused operations with folded normalisation, as a converted graph model runs. */
export default {
  name: "tfjs-wasm-ops",
  kinds: ["predict"],
  cannot: (net) => missing(net, RUNS),
  async load(net) {
    const { tf, enter } = await tfjs("wasm");
    const layers = folded(net).map((layer) => ({ ...layer, run: prepared(tf, layer) }));
    const forward = (x) => {
      const values = new Map([[layers[0].name, x]]);
      for (const { name, inputs, run } of layers.slice(1))
        values.set(name, run(...inputs.map((i) => values.get(i))));
      return values.get(layers.at(-1).name);
    };
    return {
      enter,
      predictor: (batch) => (x) => {
        const y = tf.tidy(() => forward(tf.tensor(x, [batch, ...net.input_shape])));
        const data = y.dataSync();
        y.dispose();
        return data;
      },
    };
  },
};

function prepared(tf, layer) {
  if (layer.class === "InputLayer") return undefined;
  const w = Object.fromEntries(
    Object.entries(layer.arrays).map(([name, { data, shape }]) => [name, tf.tensor(data, shape)]),
  );
  return RUNS[layer.class](tf, layer, w);
}

const FUSED = ["relu", "relu6", "sigmoid", "linear"];

/** The activation that a fused operation is given, and what is left to do behind it. */
function split(tf, activation = "linear") {
  if (FUSED.includes(activation)) return [activation, (x) => x];
  return ["linear", (x) => tf[activation](x)];
}

const RUNS = {
  InputLayer: undefined,
  Dense(tf, { activation }, { kernel, bias }) {
    const [fused, rest] = split(tf, activation);
    const product = (a) => rest(tf.fused.matMul({ a, b: kernel, bias, activation: fused }));
    return (x) =>
      x.rank === 2
        ? product(x)
        : product(x.reshape([-1, x.shape.at(-1)])).reshape([...x.shape.slice(0, -1), kernel.shape[1]]);
  },
  Conv2D(tf, { config, activation }, { kernel: filter, bias }) {
    const [fused, rest] = split(tf, activation);
    const { strides, padding: pad } = config;
    return (x) => rest(tf.fused.conv2d({ x, filter, strides, pad, bias, activation: fused }));
  },
  DepthwiseConv2D(tf, { config, activation }, { kernel: filter, bias }) {
    const [fused, rest] = split(tf, activation);
    const { strides, padding: pad } = config;
    return (x) => rest(tf.fused.depthwiseConv2d({ x, filter, strides, pad, bias, activation: fused }));
  },
  SeparableConv2D(tf, { config, activation }, { depthwise_kernel, pointwise_kernel, bias }) {
    const [fused, rest] = split(tf, activation);
    const { strides, padding } = config;
    return (x) => {
      const deep = tf.depthwiseConv2d(x, depthwise_kernel, strides, padding);
      const given = { x: deep, filter: pointwise_kernel, strides: 1, pad: "valid", bias, activation: fused };
      return rest(tf.fused.conv2d(given));
    };
  },
  Conv2DTranspose(tf, { config, activation = "linear" }, { kernel, bias }) {
    const { strides, padding } = config;
    const rest = activation === "linear" ? (x) => x : (x) => tf[activation](x);
    return (x) => {
      const [n, h, w] = x.shape;
      const shape = [n, h * strides[0], w * strides[1], kernel.shape[2]];
      return rest(tf.conv2dTranspose(x, kernel, shape, strides, padding).add(bias));
    };
  },
  MaxPooling2D:
    (tf, { config: { pool_size, strides, padding } }) =>
    (x) =>
      tf.maxPool(x, pool_size, strides, padding),
  GlobalAveragePooling2D: () => (x) => x.mean([1, 2]),
  GlobalAveragePooling1D: () => (x) => x.mean(1),
  ZeroPadding2D:
    (tf, { config: { padding } }) =>
    (x) =>
      tf.pad(x, [[0, 0], ...padding, [0, 0]]),
  Flatten: () => (x) => x.reshape([x.shape[0], -1]),
  Add:
    (tf) =>
    (...xs) =>
      xs.reduce((a, b) => tf.add(a, b)),
  Concatenate:
    (tf) =>
    (...xs) =>
      tf.concat(xs, -1),
  Activation: activated,
  ReLU: activated,
  Softmax: activated,
  LayerNormalization:
    (tf, { config: { epsilon } }, { gamma, beta }) =>
    (x) => {
      const { mean, variance } = tf.moments(x, -1, true);
      return x.sub(mean).mul(variance.add(epsilon).rsqrt()).mul(gamma).add(beta);
    },
  MultiHeadAttention: attention,
};

function activated(tf, { activation }) {
  return (x) => tf[activation](x);
}

/** Self-attention: one product for the three projections of all heads. */
function attention(tf, { config: { num_heads, key_dim } }, weights) {
  const { kernel, bias, out, outBias } = projections(tf, weights);
  return (x) => {
    const [n, tokens, width] = x.shape;
    const all = tf.fused.matMul({ a: x.reshape([-1, width]), b: kernel, bias, activation: "linear" });
    const heads = all.reshape([n, tokens, 3, num_heads, key_dim]).transpose([2, 0, 3, 1, 4]);
    const [q, k, v] = tf.unstack(heads);
    const scores = tf.softmax(tf.matMul(q, k, false, true).mul(1 / Math.sqrt(key_dim)));
    const mixed = tf
      .matMul(scores, v)
      .transpose([0, 2, 1, 3])
      .reshape([-1, num_heads * key_dim]);
    return tf.fused
      .matMul({ a: mixed, b: out, bias: outBias, activation: "linear" })
      .reshape([n, tokens, width]);
  };
}

function projections(tf, weights) {
  const three = ["query", "key", "value"];
  const flat = (kernel) => kernel.reshape([kernel.shape[0], -1]);
  const kernels = three.map((name) => flat(weights[`${name}/kernel`]));
  const biases = three.map((name) => weights[`${name}/bias`].reshape([-1]));
  const out = weights["attention_output/kernel"];
  return {
    kernel: tf.concat(kernels, 1),
    bias: tf.concat(biases, 0),
    out: out.reshape([-1, out.shape[2]]),
    outBias: weights["attention_output/bias"],
  };
}
