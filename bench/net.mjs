import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { KERAS_ENV, kerasPython } from "../scripts/python.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const FOLDER = at("models/");
const PACKAGES = at("models/packages");
const BATCHES = 16;

/** What `models.py` wrote of these nets; those that are missing or out of date are made first. */
export function loadNets(names) {
  const wanted = sourceHash();
  const stale = names.filter((name) => description(name)?.sources !== wanted);
  if (stale.length) make(stale);
  return new Map(names.map((name) => [name, net(name)]));
}

function description(name) {
  const path = `${FOLDER}${name}/net.json`;
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}

function sourceHash() {
  const hash = createHash("sha256");
  for (const name of ["models.py", "nets.py", "onnx_rnn.py", "work.py"]) hash.update(readFileSync(at(name)));
  return hash.digest("hex");
}

function make(names) {
  console.error(`Keras makes ${names.join(", ")} …`);
  const python = kerasPython();
  const env = { ...process.env, ...KERAS_ENV, PYTHONPATH: process.env.KERAUNOS_BENCH_PACKAGES ?? PACKAGES };
  mkdirSync(FOLDER, { recursive: true });
  if (!existsSync(`${env.PYTHONPATH}/tf2onnx`)) {
    const into = ["--target", PACKAGES, "--requirement", at("requirements.txt")];
    must(python, ["-m", "pip", "install", "--quiet", "--no-deps", ...into], process.env);
  }
  must(python, [at("models.py"), FOLDER, ...names], env);
}

function must(command, args, env) {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8", env });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed:\n${error?.message ?? stderr}`);
}

/** A net: its description, and its arrays as they are asked for. */
function net(name) {
  const { layers, ...rest } = description(name);
  const file = (end) => readFileSync(`${FOLDER}${name}/${end}`);
  const floats = (end) => {
    const { buffer, byteOffset, length } = file(end);
    return new Float32Array(buffer.slice(byteOffset, byteOffset + length));
  };
  const all = floats("weights.bin");
  const withData = layers.map((layer) => ({ ...layer, weights: layer.weights.map((w) => weight(w, all)) }));
  const arrays = { x: floats("x.bin"), y: floats("y.bin"), labels: floats("labels.bin") };
  return {
    ...rest,
    layers: withData,
    file,
    path: `${FOLDER}${name}/`,
    batches: (n) => batches(rest, arrays, n),
  };
}

function weight({ path, shape, start }, all) {
  return {
    name: path.split("/").slice(1).join("/"),
    path,
    shape,
    data: all.slice(start, start + sizeOf(shape)),
  };
}

/** Different batches in turn: an engine must not live on one batch's cache lines, nor Adam on one gradient. */
function batches({ input_shape, output_shape, loss }, { x, y, labels }, batch) {
  const [width, made] = [sizeOf(input_shape), sizeOf(output_shape)];
  const rows = x.length / width;
  const count = Math.min(BATCHES, Math.floor(rows / batch));
  if (count === 0) throw new Error(`there are inputs for ${rows} rows, not for ${batch}`);
  const Labels = loss.startsWith("sparse") ? Int32Array : Float32Array;
  return Array.from({ length: count }, (_, i) => {
    const part = (array, size) => array.slice(i * batch * size, (i + 1) * batch * size);
    return { x: part(x, width), want: part(y, made), labels: Labels.from(part(labels, 1)) };
  });
}

export const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1);
