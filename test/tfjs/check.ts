// What TensorFlow.js itself makes of the models that are written for it, and what we make of its own.
//   npx tsx test/tfjs/check.ts [cpu|wasm]             every snippet, written and opened by tf.loadLayersModel
//   npx tsx test/tfjs/check.ts [cpu|wasm] FOLDER 1,224,224,3   a model.json with its shards, opened by both
// TensorFlow.js is taken from bench/node_modules (npm ci in bench).
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Tensor } from "../../src/ir/tensor.ts";
import { loadModel } from "../../src/node/index.ts";
import { distance, listed, modelOf } from "./models.ts";
import { refused, snippets } from "./snippets.ts";

/** As much of TensorFlow.js as is used here. */
interface TensorFlow {
  setBackend(name: string): Promise<boolean>;
  tensor(data: unknown, shape: readonly number[], dtype: string): TfTensor;
  loadLayersModel(handler: object): Promise<TfModel>;
  readonly io: { readonly CompositeArrayBuffer: { join(buffers: readonly ArrayBuffer[]): ArrayBuffer } };
}
interface TfTensor {
  readonly shape: readonly number[];
  dataSync(): Float32Array;
}
interface TfModel {
  readonly inputs: readonly { readonly dtype: string }[];
  predict(x: TfTensor | readonly TfTensor[]): TfTensor | readonly TfTensor[];
}
type Files = Readonly<Record<string, Uint8Array>>;
interface Document {
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly object[];
  }[];
}

const require = createRequire(new URL("../../bench/package.json", import.meta.url));
const [backend = "cpu", folder, shape] = process.argv.slice(2);
console.warn = () => undefined;
const tf = require("@tensorflow/tfjs") as TensorFlow;
if (backend === "wasm") {
  const wasm = require("@tensorflow/tfjs-backend-wasm") as { setWasmPaths(path: string): void };
  wasm.setWasmPaths(join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist/"));
}
await tf.setBackend(backend);

/** The predictions of TensorFlow.js. */
async function predicted(files: Files, x: readonly Tensor[]): Promise<Tensor[]> {
  const document = JSON.parse(new TextDecoder().decode(files["model.json"])) as Document;
  const shards = document.weightsManifest.flatMap(({ paths }) =>
    paths.map((path) => files[path].slice().buffer),
  );
  const weightSpecs = document.weightsManifest.flatMap(({ weights }) => weights);
  const weightData = tf.io.CompositeArrayBuffer.join(shards);
  const model = await tf.loadLayersModel({
    load: () => Promise.resolve({ ...document, weightSpecs, weightData }),
  });
  const inputs = x.map((one, k) =>
    tf.tensor(one.data, one.shape, model.inputs[k].dtype === "int32" ? "int32" : "float32"),
  );
  const y = [model.predict(inputs.length === 1 ? inputs[0] : inputs)].flat() as TfTensor[];
  return y.map((one) => ({ shape: one.shape, dtype: "float32", data: one.dataSync() }));
}

async function checkSnippets(): Promise<void> {
  const names = Object.keys(snippets).filter((name) => !refused.has(name));
  for (const name of names) {
    const { model, x, inputs } = await modelOf(name);
    const apart = distance(listed(model.predict(x)), await predicted(await model.toBytes("tfjs"), inputs));
    if (!(apart < 3e-6)) console.log(`${name}: ${apart} apart`);
    if (!(apart < 3e-6)) process.exitCode = 1;
  }
  console.log(`${names.length} models compared on ${backend}`);
}

async function checkFolder(path: string, sizes: readonly number[]): Promise<void> {
  const files = Object.fromEntries(
    readdirSync(path).map((f) => [f, new Uint8Array(readFileSync(join(path, f)))]),
  );
  const length = sizes.reduce((a, b) => a * b, 1);
  const x: Tensor = {
    shape: sizes,
    dtype: "float32",
    data: Float32Array.from({ length }, (_, k) => ((k * 2654435761) % 256) / 255),
  };
  const model = await loadModel<Tensor>(path);
  const y = await predicted(files, [x]);
  const scale = Math.max(...y.flatMap(({ data }) => Array.from(data as Float32Array, Math.abs)));
  console.log(`${path}: ${distance(listed(model.predict(x)), y)} apart, the largest output ${scale}`);
}

await (folder === undefined ? checkSnippets() : checkFolder(folder, shape.split(",").map(Number)));
