import ts from "typescript";
import { expect, test } from "vitest";

/** What a user's file may say under `--strict`, without a cast. */
const PROGRAM = `
import { activations, callbacks, findFashionMnist, Input, initializers, layers, loadModel, losses, metrics, Model, ModelError, optimizers, readIdx, readNpy, readNpz, Sequential, writeNpy, writeNpz, type Tensor } from "./src/node/index.ts";

const model = Sequential([layers.Dense({ units: 10, activation: "relu", input_shape: [4] }), layers.Dense({ units: 2 })], { seed: 1 });
model.compile({ optimizer: "adam", loss: "mse", metrics: ["accuracy"], loss_weights: [1] });
const x: Tensor = { shape: [1, 4], dtype: "float32", data: new Float32Array(4) };
const y: Tensor = model.predict(x, { batch_size: 8 });
const first: number | string = y.data[0];
const history = await model.fit([[1, 2, 3, 4]], [[0, 1]], { epochs: 2, callbacks: [callbacks.EarlyStopping({ patience: 3 }), { on_epoch_end(epoch, logs) { console.log(epoch, logs?.loss); } }] });
const loss: number[] = history.history.loss;
const a = Input({ shape: [2] });
const b = Input({ shape: [2] });
const two = Model({ inputs: [a, b], outputs: { sum: layers.Add()([a, b]), same: a } });
const { sum, same } = two.predict([[[1, 2]], [[3, 4]]]);
const shape: readonly number[] = sum.shape.concat(same.shape);
const sequence = layers.TimeDistributed({ layer: layers.Dense({ units: 3, activation: layers.LeakyReLU({ negative_slope: 0.1 }) }) });
const ways = layers.Bidirectional({ layer: layers.LSTM({ units: 4 }), backward_layer: layers.GRU({ units: 4, go_backwards: true }), merge_mode: "sum" });
Sequential([Input({ shape: [5, 2] }), sequence, ways]);
const loaded = await loadModel("m.keras", { weights: "w.weights.h5", seed: 3, define: { n: 2 }, engine: "interpret", limits: { file_bytes: 1e6 } });
await loaded.loadWeights(new Uint8Array(), { by_name: true, skip_mismatch: true });
const text: string = loaded.summary({ keras: "2.9", line_length: 80, expand_nested: true, layer_range: ["a", "b"] });
const weight: Float32Array = loaded.weights[0].data;
const names: string[] = [loaded.name, loaded.getLayer("dense").name, loaded.weights[0].path];
await loaded.save("m.h5");
const bytes: Uint8Array = await loaded.toBytes("keras");
const { files } = await loaded.compileTo({ target: "ts", training: true, batch_size: 4, input_shape: { input: [2, 3] } });
const file: Uint8Array | undefined = files.get("m.ts");
const value: number = losses.get("mse").value([[1]], [[2]]);
metrics.get("mse").updateState([[1]], [[2]]);
const drawn: Tensor = initializers.get("ones")([2]);
const curve: Tensor = activations.get("gelu")([[1]]);
const gradient: Float32Array = model.gradients([[1, 2, 3, 4]], [[0, 1]])[0].data;
const data = await readNpz(await writeNpz({ x }));
const image: Tensor = await readIdx(writeNpy(readNpy(bytes)));
const { x_test } = await findFashionMnist();
const trouble = (e: unknown): string => (e instanceof ModelError ? e.errors.map((one) => one.message).join() + e.code : "");
console.log(first, loss, shape, text, weight, names, file, value, drawn, curve, gradient, data, image, x_test, trouble, optimizers.get("sgd").config);
`;

const WRONG = [
  'import { layers } from "./src/index.ts"; layers.Dense({ unit: 3 });',
  'import { layers } from "./src/index.ts"; layers.Dense({});',
  'import { loadModel } from "./src/index.ts"; await loadModel("x", { sed: 1 });',
  'import { Sequential } from "./src/index.ts"; Sequential([3]);',
  'import { layers } from "./src/index.ts"; layers.Bidirectional({ layer: { units: 4 } });',
  'import { layers } from "./src/index.ts"; layers.TimeDistributed({ layer: layers.Dense });',
  'import { layers } from "./src/index.ts"; layers.TimeDistributed({});',
];

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
  allowImportingTsExtensions: true,
  types: ["node"],
};

/** Complaints about each of these files, compiled together. */
function complaints(programs: readonly string[]): string[][] {
  const files = new Map(programs.map((text, k) => [`${process.cwd()}/user-${k}.mts`, text]));
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.getSourceFile = (name, ...rest) =>
    files.has(name)
      ? ts.createSourceFile(name, files.get(name)!, ts.ScriptTarget.ES2022, true)
      : getSourceFile(name, ...rest);
  const program = ts.createProgram([...files.keys()], OPTIONS, host);
  return [...files.keys()].map((name) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(name))
      .map((d) => ts.flattenDiagnosticMessageText(d.messageText, "\n")),
  );
}

test(
  "a user's program passes tsc --strict without casts; misspelt options do not",
  { timeout: 60_000 },
  () => {
    const [right, ...wrong] = complaints([PROGRAM, ...WRONG]);
    expect(right).toEqual([]);
    for (const found of wrong) expect(found).not.toEqual([]);
  },
);
