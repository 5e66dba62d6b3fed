// The layers of the benchmarked nets in jax-js. Images are kept with channels first, as its convolutions want them.

/** The net's output, or what its last activation would be given. */
export function forward(jax, layers, params, x, { logits = false } = {}) {
  const uses = new Map();
  for (const input of layers.flatMap(({ inputs }) => inputs)) uses.set(input, (uses.get(input) ?? 0) + 1);
  const values = new Map([[layers[0].name, x]]);
  const take = (name) => {
    const left = uses.get(name) - 1;
    uses.set(name, left);
    return left > 0 ? values.get(name).ref : values.get(name);
  };
  let next = 0;
  for (const layer of layers.slice(1)) {
    const names = Object.keys(layer.arrays);
    const weights = Object.fromEntries(names.map((name) => [name, params[next++]]));
    const y = LAYERS[layer.class](jax, layer.inputs.map(take), weights, layer);
    const bare = logits && layer === layers.at(-1);
    values.set(layer.name, bare ? y : activated(jax, y, layer.activation));
  }
  return values.get(layers.at(-1).name);
}

function activated({ nn }, y, activation = "linear") {
  if (activation === "softmax") return nn.softmax(y, -1);
  return activation === "linear" ? y : nn[activation](y);
}

export const LAYERS = {
  InputLayer: undefined,
  Dense: ({ numpy: np }, [x], { kernel, bias }) => np.dot(x, kernel).add(bias),
  Flatten: ({ numpy: np }, [x]) => {
    const flat = x.shape.length === 4 ? np.transpose(x, [0, 2, 3, 1]) : x;
    return flat.reshape([x.shape[0], -1]);
  },
  Conv2D({ numpy: np, lax }, [x], { kernel, bias }, { config: { strides, padding }, inputs }) {
    const images = inputs[0] === "x" ? np.transpose(x, [0, 3, 1, 2]) : x;
    const y = lax.conv(images, np.transpose(kernel, [3, 2, 0, 1]), strides, padding.toUpperCase());
    return y.add(bias.reshape([1, -1, 1, 1]));
  },
  MaxPooling2D: ({ numpy: np, lax }, [x], _weights, { config: { pool_size, strides } }) =>
    lax.reduceWindow(x, np.max, pool_size, strides),
  GlobalAveragePooling1D: (_jax, [x]) => x.mean(1),
  Add: (_jax, [a, b]) => a.add(b),
  LayerNormalization: ({ nn }, [x], { gamma, beta }, { config: { epsilon } }) =>
    nn.standardize(x, -1, { epsilon }).mul(gamma).add(beta),
  LSTM(
    { numpy: np, nn },
    [x],
    { "lstm_cell/kernel": kernel, "lstm_cell/recurrent_kernel": recurrent, ...rest },
  ) {
    const steps = x.shape[1];
    const inputs = np.split(np.dot(x, kernel).add(rest["lstm_cell/bias"]), steps, 1);
    let [h, c] = [undefined, undefined];
    inputs.forEach((input, t) => {
      const given = input.reshape([x.shape[0], -1]);
      const last = t === steps - 1;
      const z = h ? given.add(np.dot(h, last ? recurrent : recurrent.ref)) : given;
      const [i, f, g, o] = np.split(z, 4, -1);
      const added = nn.sigmoid(i).mul(np.tanh(g));
      if (c) c = nn.sigmoid(f).mul(c).add(added);
      else c = added;
      h = nn.sigmoid(o).mul(np.tanh(last ? c : c.ref));
    });
    return h;
  },
  MultiHeadAttention({ numpy: np, nn }, [a, b], w, { config: { key_dim } }) {
    const project = (x, name) => np.einsum("ntd,dhk->nthk", x, w[`${name}/kernel`]).add(w[`${name}/bias`]);
    const [q, k, v] = [project(a, "query"), project(b.ref, "key"), project(b, "value")];
    const scores = nn.softmax(np.einsum("nqhd,nkhd->nhqk", q, k).mul(1 / Math.sqrt(key_dim)), -1);
    const mixed = np.einsum("nhqk,nkhd->nqhd", scores, v);
    return np.einsum("nqhd,hdo->nqo", mixed, w["attention_output/kernel"]).add(w["attention_output/bias"]);
  },
};
