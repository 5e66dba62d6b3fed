// node bench/compile-once.mjs CONFIG NET: a config's text becomes a model that predicts, twice; prints the milliseconds of each part as JSON.
import { readFileSync } from "node:fs";
import { keraunos } from "./library.mjs";
import { ownTime } from "./own-time.mjs";

const [path, net] = process.argv.slice(2);
const { input_shape } = JSON.parse(readFileSync(new URL(`models/${net}/net.json`, import.meta.url), "utf8"));
const config = readFileSync(path, "utf8");
const { loadModel } = await keraunos();
const data = new Float32Array(input_shape.reduce((a, b) => a * b));
const x = { shape: [1, ...input_shape], dtype: "float32", data };

// The program is the first module of a model; drawing its weights is another.
let made;
const { Module, Instance } = WebAssembly;
WebAssembly.Module = class extends Module {
  constructor(bytes) {
    super(bytes);
    made ??= { bytes: bytes.byteLength };
  }
};
WebAssembly.Instance = class extends Instance {
  constructor(...args) {
    super(...args);
    if (made.at === undefined) [made.at, made.own] = [performance.now(), ownTime()];
  }
};

async function once() {
  made = undefined;
  const [start, startOwn] = [performance.now(), ownTime()];
  const model = await loadModel(config);
  const loaded = performance.now() - start;
  model.predict(x);
  const answered = performance.now() - start;
  const [instantiated, own] = [made.at - start, made.own - startOwn];
  return { loaded, instantiated, own, answered, wasm: made.bytes };
}

const [first, second] = [await once(), await once()];
console.log(JSON.stringify({ first, second }));
