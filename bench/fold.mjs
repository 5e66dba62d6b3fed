const LINEAR = [undefined, "linear"];
const WEIGHTED = ["Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Dense"];

/**
 * The layers as a converter for inference leaves them: normalisations folded into the kernels before them, activations
 * put on what they follow, dropout gone. Weights are by name; every weighted layer has an activation of its own.
 */
export function folded(net) {
  const uses = new Map();
  for (const input of net.layers.flatMap((layer) => layer.inputs))
    uses.set(input, (uses.get(input) ?? 0) + 1);
  const made = new Map();
  const become = new Map();
  for (const layer of net.layers) {
    const before = made.get(become.get(layer.inputs[0]));
    const alone = before && uses.get(layer.inputs[0]) === 1 && LINEAR.includes(before.activation);
    const joined = alone && WEIGHTED.includes(before.class) ? joinedTo(before, layer) : undefined;
    if (joined) made.set(before.name, joined);
    else made.set(layer.name, plain(layer, become));
    become.set(layer.name, joined ? before.name : layer.name);
  }
  return [...made.values()];
}

function plain(layer, become) {
  const arrays = Object.fromEntries(layer.weights.map((weight) => [weight.name, weight]));
  const inputs = layer.inputs.map((input) => become.get(input));
  return {
    name: layer.name,
    class: layer.class,
    config: layer.config,
    inputs,
    arrays,
    activation: activationOf(layer),
  };
}

const RECURRENT = ["LSTM", "GRU", "Bidirectional"];
const MASKS = ["Masking", "NotEqual", "Any"];

/** Why a peer that knows these classes of layers cannot run the net. */
export function missing(net, known) {
  const unknown = net.layers.map((layer) => layer.class).filter((name) => !MASKS.includes(name));
  const first = unknown.find((name) => name !== "BatchNormalization" && !Object.hasOwn(known, name));
  return first && `nothing is written for its ${first}`;
}

function activationOf({ class: name, config }) {
  if (RECURRENT.includes(name)) return undefined;
  if (name === "ReLU") return config.max_value === 6 ? "relu6" : "relu";
  return name === "Softmax" ? "softmax" : config.activation;
}

/** The layer before with this one in it, or nothing where that cannot be. */
function joinedTo(before, layer) {
  if (["ReLU", "Activation", "Softmax"].includes(layer.class))
    return { ...before, activation: activationOf(layer) };
  return layer.class === "BatchNormalization" ? { ...before, arrays: normalised(before, layer) } : undefined;
}

/** Kernel and bias with a normalisation behind; channels stand last in every kernel but a depthwise one, where multipliers of 1 follow. */
function normalised({ class: name, arrays }, { weights, config }) {
  const [gamma, beta, mean, variance] = weights.map(({ data }) => data);
  const scale = gamma.map((g, c) => g / Math.sqrt(variance[c] + config.epsilon));
  const which = name === "SeparableConv2D" ? "pointwise_kernel" : "kernel";
  const { shape, data } = arrays[which];
  const kernel = { shape, data: data.map((v, i) => v * scale[i % scale.length]) };
  const bias = beta.map((b, c) => b + ((arrays.bias?.data[c] ?? 0) - mean[c]) * scale[c]);
  return { ...arrays, [which]: kernel, bias: { shape: [bias.length], data: bias } };
}
