import { kernelShapes } from "./data.mjs";

// Plain double-precision arithmetic, for nothing but to check that every engine computes the same net.
const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-7;

/** Probabilities of `rows` inputs. */
export function predict(net, weights, x, rows) {
  return forward(net, weights, x, rows).at(-1);
}

/** The mean sparse categorical cross-entropy before each of a few training steps. */
export function losses(net, start, batches, { optimizer, learning_rate }) {
  const weights = start.map(({ kernel, bias }) => ({
    kernel: Float64Array.from(kernel),
    bias: Float64Array.from(bias),
  }));
  const update = UPDATES[optimizer](learning_rate);
  return batches.map(({ x, y }, step) => {
    const values = forward(net, weights, x, y.length);
    const gradients = backward(net, weights, values, y);
    const loss = y.reduce(
      (sum, label, r) => sum - Math.log(values.at(-1)[r * net.layers.at(-1).units + label]),
      0,
    );
    weights.forEach((w, i) => {
      for (const name of ["kernel", "bias"]) update(`${i}/${name}`, w[name], gradients[i][name], step + 1);
    });
    return loss / y.length;
  });
}

/** The input and every layer's output. */
function forward(net, weights, x, rows) {
  const values = [Float64Array.from(x)];
  kernelShapes(net).forEach(([inputs, units], i) => {
    const y = Float64Array.from({ length: rows * units }, (_, j) => weights[i].bias[j % units]);
    for (let r = 0; r < rows; r++) {
      for (let k = 0; k < inputs; k++) {
        const v = values[i][r * inputs + k];
        if (v !== 0) for (let u = 0; u < units; u++) y[r * units + u] += v * weights[i].kernel[k * units + u];
      }
    }
    values.push(net.layers[i].activation === "relu" ? y.map((v) => Math.max(v, 0)) : softmax(y, units));
  });
  return values;
}

function softmax(y, units) {
  for (let r = 0; r < y.length; r += units) {
    const row = y.subarray(r, r + units);
    const top = Math.max(...row);
    const sum = row.reduce((s, v) => s + Math.exp(v - top), 0);
    row.forEach((v, u) => (row[u] = Math.exp(v - top) / sum));
  }
  return y;
}

function backward(net, weights, values, y) {
  const gradients = [];
  let d = values
    .at(-1)
    .map(
      (p, i) => (p - (y[Math.floor(i / net.layers.at(-1).units)] === i % net.layers.at(-1).units)) / y.length,
    );
  for (let i = net.layers.length - 1; i >= 0; i--) {
    const [inputs, units] = kernelShapes(net)[i];
    const kernel = new Float64Array(inputs * units);
    const bias = new Float64Array(units);
    const before = new Float64Array(y.length * inputs);
    for (let r = 0; r < y.length; r++) {
      for (let u = 0; u < units; u++) bias[u] += d[r * units + u];
      for (let k = 0; k < inputs; k++) {
        for (let u = 0; u < units; u++) {
          kernel[k * units + u] += values[i][r * inputs + k] * d[r * units + u];
          before[r * inputs + k] += weights[i].kernel[k * units + u] * d[r * units + u];
        }
      }
    }
    gradients[i] = { kernel, bias };
    d = before.map((g, j) => (values[i][j] > 0 ? g : 0));
  }
  return gradients;
}

const UPDATES = {
  sgd: (rate) => (_name, w, g) => w.forEach((_, i) => (w[i] -= rate * g[i])),
  adam: (rate) => {
    const slots = new Map();
    return (name, w, g, t) => {
      if (!slots.has(name)) slots.set(name, { m: new Float64Array(w.length), v: new Float64Array(w.length) });
      const { m, v } = slots.get(name);
      const scale = (rate * Math.sqrt(1 - BETA_2 ** t)) / (1 - BETA_1 ** t);
      w.forEach((_, i) => {
        m[i] += (1 - BETA_1) * (g[i] - m[i]);
        v[i] += (1 - BETA_2) * (g[i] ** 2 - v[i]);
        w[i] -= (scale * m[i]) / (Math.sqrt(v[i]) + EPSILON);
      });
    };
  },
};
