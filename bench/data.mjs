import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const FOLDER = new URL("../examples/data/fashion-mnist/", import.meta.url);
const BATCHES = 16;

/** The shape of each layer's kernel, from the first. */
export function kernelShapes({ input_shape, layers }) {
  const sizes = [input_shape.reduce((a, b) => a * b, 1), ...layers.map((layer) => layer.units)];
  return layers.map((_, i) => [sizes[i], sizes[i + 1]]);
}

/** Weights as Glorot draws them, the same in every run. */
export function weightsOf(net, seed = 1) {
  const next = uniform(seed);
  return kernelShapes(net).map(([inputs, units]) => {
    const limit = Math.sqrt(6 / (inputs + units));
    const kernel = Float32Array.from({ length: inputs * units }, () => (2 * next() - 1) * limit);
    return { kernel, bias: Float32Array.from({ length: units }, () => 0.1 * next()) };
  });
}

/** Different batches of real images, scaled to 0..1, with labels: an engine must not live on one batch's cache lines, nor Adam on one gradient. */
export function batchesOf(net, batch) {
  const size = kernelShapes(net)[0][0];
  const images = read("t10k-images-idx3-ubyte.gz", 16);
  const labels = read("t10k-labels-idx1-ubyte.gz", 8);
  return Array.from({ length: BATCHES }, (_, i) => {
    const x = Float32Array.from(images.subarray(i * batch * size, (i + 1) * batch * size), (v) => v / 255);
    return { x, y: Int32Array.from(labels.subarray(i * batch, (i + 1) * batch)) };
  });
}

function read(name, header) {
  return gunzipSync(readFileSync(new URL(name, FOLDER))).subarray(header);
}

function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
