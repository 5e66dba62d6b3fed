import { kernelShapes } from "../data.mjs";

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-7;

/** jax-js on WebAssembly: one compiled function for the forward pass, one for a whole training step. Arrays are owned: `.ref` keeps one. */
export default {
  name: "jax-js",
  kinds: ["predict", "train"],
  unavailable: () => (parseInt(process.versions.node) < 22 ? "it needs Node 22 or later" : undefined),
  async load(net, weights) {
    const jax = await import("@jax-js/jax");
    await jax.init("wasm");
    jax.defaultDevice("wasm");
    const { numpy: np, nn, jit } = jax;
    const [[width]] = kernelShapes(net);
    const rows = (x) => np.array(x, { shape: [x.length / width, width] });
    // Its products are fastest where the second factor is kept transposed.
    const forward = jit((params, x) => nn.softmax(logits(jax, net, transposed(np, params), x), -1));
    const kept = transposed(np, toArrays(np, net, weights));
    return {
      predictor: () => (x) => forward(refs(kept), rows(x)).dataSync(),
      trainer: (options) => trainer(jax, net, toArrays(np, net, weights), options, rows),
    };
  },
};

function logits({ numpy: np, nn }, net, params, x) {
  return params.reduce((a, { kernel, bias }, i) => {
    const z = np.dot(a, kernel).add(bias);
    return net.layers[i].activation === "relu" ? nn.relu(z) : z;
  }, x);
}

function trainer(jax, net, start, { optimizer, learning_rate }, rows) {
  const { numpy: np, nn, jit, valueAndGrad } = jax;
  const classes = net.layers.at(-1).units;
  const loss = (params, x, y) => {
    const chosen = nn.logSoftmax(logits(jax, net, params, x), -1).mul(nn.oneHot(y, classes));
    return chosen.sum(-1).mean().neg();
  };
  const update = UPDATES[optimizer](jax, learning_rate);
  const step = jit((params, slots, scale, x, y) => {
    const [value, gradients] = valueAndGrad(loss)(refs(params), x, y);
    return [value, ...update(params, slots, gradients, scale)];
  });
  let [params, slots, t] = [start, update.slots(start), 0];
  return (x, y) => {
    t++;
    const scale = np.array([update.scale(t)]);
    const [value, ...next] = step(params, slots, scale, rows(x), np.array(y, { dtype: np.int32 }));
    [params, slots] = next;
    return value.dataSync()[0];
  };
}

const UPDATES = {
  sgd: (_jax, rate) => {
    const update = (params, slots, gradients, scale) => {
      const next = zip((w, g) => w.sub(g.mul(scale.ref)), params, gradients);
      scale.dispose();
      return [next, slots];
    };
    return Object.assign(update, { slots: () => [], scale: () => rate });
  },
  adam: ({ numpy: np }, rate) => {
    const update = (params, slots, gradients, scale) => {
      const m = zip((m, g) => m.mul(BETA_1).add(g.mul(1 - BETA_1)), slots[0], refs(gradients));
      const v = zip((v, g) => v.mul(BETA_2).add(np.square(g).mul(1 - BETA_2)), slots[1], gradients);
      const move = zip((m, v) => m.mul(scale.ref).div(np.sqrt(v).add(EPSILON)), refs(m), refs(v));
      scale.dispose();
      return [zip((w, d) => w.sub(d), params, move), [m, v]];
    };
    const zeros = (params) =>
      params.map(({ kernel, bias }) => ({ kernel: np.zeros(kernel.shape), bias: np.zeros(bias.shape) }));
    const scale = (t) => (rate * Math.sqrt(1 - BETA_2 ** t)) / (1 - BETA_1 ** t);
    return Object.assign(update, { slots: (params) => [zeros(params), zeros(params)], scale });
  },
};

function toArrays(np, net, weights) {
  const shapes = kernelShapes(net);
  return weights.map(({ kernel, bias }, i) => ({
    kernel: np.array(kernel).reshape(shapes[i]),
    bias: np.array(bias),
  }));
}

const transposed = (np, params) => params.map(({ kernel, bias }) => ({ kernel: np.transpose(kernel), bias }));
const refs = (params) => params.map(({ kernel, bias }) => ({ kernel: kernel.ref, bias: bias.ref }));
const zip = (f, a, b) => a.map((p, i) => ({ kernel: f(p.kernel, b[i].kernel), bias: f(p.bias, b[i].bias) }));
