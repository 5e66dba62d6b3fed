import { folded, missing } from "../fold.mjs";
import { forward, LAYERS } from "../jax-layers.mjs";

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-7;

/** jax-js on WebAssembly: one compiled function for the forward pass, one for a whole training step. Arrays are owned: `.ref` keeps one. */
export default {
  name: "jax-js",
  kinds: ["predict", "train"],
  unavailable: () => (parseInt(process.versions.node) < 22 ? "it needs Node 22 or later" : undefined),
  cannot: (net) => missing(net, LAYERS),
  async load(net) {
    const jax = await import("@jax-js/jax");
    await jax.init("wasm");
    jax.defaultDevice("wasm");
    const layers = folded(net);
    const { numpy: np, jit } = jax;
    const input = (x, batch) => np.array(x, { shape: [batch, ...net.input_shape] });
    const run = jit((params, x) => forward(jax, layers, transposed(np, params), x));
    // Its products are fastest where the second factor is kept transposed.
    const kept = transposed(np, parameters(np, layers));
    return {
      predictor: (batch) => (x) => run(refs(kept), input(x, batch)).dataSync(),
      trainer: (options) => trainer(jax, net, layers, options, input),
    };
  },
};

/** All weights, layer by layer. */
const parameters = (np, layers) =>
  layers.flatMap(({ arrays }) =>
    Object.values(arrays).map(({ data, shape }) => np.array(data).reshape(shape)),
  );

function lossOf({ numpy: np, nn }, { loss, output_shape }, layers, outputs) {
  if (loss === "mean_squared_error") return (params, x, y) => np.square(outputs(params, x).sub(y)).mean();
  return (params, x, y) => {
    const chosen = nn.logSoftmax(outputs(params, x), -1).mul(nn.oneHot(y, output_shape.at(-1)));
    return chosen.sum(-1).mean().neg();
  };
}

function trainer(jax, net, layers, { optimizer, learning_rate, batch }, input) {
  const { numpy: np, jit, valueAndGrad } = jax;
  const loss = lossOf(jax, net, layers, (params, x) => forward(jax, layers, params, x, { logits: true }));
  const update = UPDATES[optimizer](jax, learning_rate);
  const step = jit((params, slots, scale, x, y) => {
    const [value, gradients] = valueAndGrad(loss)(refs(params), x, y);
    return [value, ...update(params, slots, gradients, scale)];
  });
  const labelled = (y) =>
    y instanceof Int32Array ? np.array(y, { dtype: np.int32 }) : np.array(y, { shape: [batch, 1] });
  const start = parameters(np, layers);
  let [params, slots, t] = [start, update.slots(start), 0];
  return (x, y) => {
    t++;
    const scale = np.array([update.scale(t)]);
    const [value, ...next] = step(params, slots, scale, input(x, batch), labelled(y));
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
    const zeros = (params) => params.map(({ shape }) => np.zeros(shape));
    const scale = (t) => (rate * Math.sqrt(1 - BETA_2 ** t)) / (1 - BETA_1 ** t);
    return Object.assign(update, { slots: (params) => [zeros(params), zeros(params)], scale });
  },
};

const transposed = (np, params) => params.map((w) => (w.shape.length === 2 ? np.transpose(w) : w));
const refs = (params) => params.map((w) => w.ref);
const zip = (f, a, b) => a.map((p, i) => f(p, b[i]));
