// How long models take to become programs, how large those are, and how soon a bundle answers: node bench/compile-time.mjs [--rounds N]
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { keraunos } from "./library.mjs";
import { median } from "./timing.mjs";

const at = (name) => fileURLToPath(new URL(name, import.meta.url));
const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "15" } } });

const MODELS = [
  { name: "MobileNetV2", net: "mobilenetv2", limit: 1000 },
  { name: "lecture MLP", net: "mlp", limit: 30 },
];
const WASM_LIMIT = 250;
const START_LIMIT = 15;

const folder = mkdtempSync(join(tmpdir(), "keraunos-compile-time-"));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true });
}

async function main() {
  console.log(`Node ${process.version}, ${options.rounds} rounds; milliseconds`);
  const wasm = {};
  for (const { name, net, limit } of MODELS) {
    const config = join(folder, `${net}.json`);
    writeFileSync(config, await configOf(net));
    const found = rounds(() => answer("compile-once.mjs", config, net));
    console.log(`\n${name}, from config to program; the first in its process, then the second`);
    for (const which of ["first", "second"]) {
      const of = (key) => found.map((one) => one[which][key]);
      const limits = which === "first" ? limit : undefined;
      printTimes(`${which}, loaded`, of("loaded"));
      printTimes(`${which}, instantiated`, of("instantiated"), limits);
      printTimes(`${which}, instantiated: its thread alone`, of("own"), limits);
      printTimes(`${which}, answered`, of("answered"));
    }
    wasm[net] = found[0].first.wasm;
  }
  console.log("\nWebAssembly, kB");
  printSize("MobileNetV2, a prediction of one", wasm.mobilenetv2, WASM_LIMIT);
  for (const batch_size of [1, 32])
    printSize(
      `MobileNetV2, bundle of ${batch_size}`,
      await bundleSize("mobilenetv2", { batch_size }),
      WASM_LIMIT,
    );
  await coldStart();
}

function rounds(act) {
  return Array.from({ length: Number(options.rounds) }, act);
}

/** What a script prints in a process of its own. */
function answer(script, ...args) {
  return JSON.parse(execFileSync(process.execPath, [at(script), ...args]));
}

async function configOf(net) {
  const { loadModel } = await keraunos();
  return (await loadModel(at(`models/${net}/model.keras`))).toBytes("json");
}

async function bundleOf(net, settings) {
  const { loadModel } = await keraunos();
  const { files } = await (
    await loadModel(at(`models/${net}/model.keras`))
  ).compileTo({ name: net, ...settings });
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  return join(folder, `${net}.js`);
}

/** Bytes of the module inside of a bundle. */
async function bundleSize(net, settings) {
  const { load } = await import(
    `${await bundleOf(net, { ...settings, weights: "none" })}?${settings.batch_size}`
  );
  const { Module } = WebAssembly;
  let size = 0;
  WebAssembly.Module = class extends Module {
    constructor(bytes) {
      super(bytes);
      size += bytes.byteLength;
    }
  };
  const { compile, instantiate } = WebAssembly;
  WebAssembly.compile = (bytes) => ((size += bytes.byteLength), compile(bytes));
  WebAssembly.instantiate = (bytes, imports) => (
    (size += bytes.byteLength ?? 0),
    instantiate(bytes, imports)
  );
  try {
    await load();
  } finally {
    Object.assign(WebAssembly, { Module, compile, instantiate });
  }
  return size;
}

/** Node with a bundle that predicts once against Node without, in turn. */
async function coldStart() {
  const bundle = await bundleOf("mlp", {});
  const [alone, predicts] = [join(folder, "alone.js"), join(folder, "predicts.js")];
  const own = `import { ownTime } from ${JSON.stringify(at("own-time.mjs"))};\nconsole.log(ownTime());\n`;
  const use = `const y = (await load()).predict(new Float32Array(784));\nif (y.length !== 10) throw y;\n`;
  writeFileSync(alone, own);
  writeFileSync(predicts, `import { load } from ${JSON.stringify(bundle)};\n${use}${own}`);
  const took = (file) => {
    const start = performance.now();
    const own = Number(execFileSync(process.execPath, [file]));
    return { whole: performance.now() - start, own };
  };
  const times = rounds(() => ({ alone: took(alone), predicts: took(predicts) }));
  const more = (key) => times.map(({ alone, predicts }) => predicts[key] - alone[key]);
  console.log("\nThe lecture's bundle, a process that predicts once");
  printTimes(
    "Node alone",
    times.map((one) => one.alone.whole),
  );
  printTimes(
    "with the bundle",
    times.map((one) => one.predicts.whole),
  );
  printTimes("more than Node alone", more("whole"), START_LIMIT);
  printTimes("more than Node alone: its thread alone", more("own"), START_LIMIT);
}

function printTimes(name, times, limit) {
  const [middle, least] = [median(times), Math.min(...times)];
  const verdict = limit && `  limit ${limit}: ${middle <= limit ? "met" : "MISSED"}`;
  console.log(`  ${name.padEnd(46)}${show(middle)} (least ${show(least)})${verdict ?? ""}`);
}

function printSize(name, bytes, limit) {
  const kilobytes = bytes / 1000;
  console.log(
    `  ${name.padEnd(46)}${show(kilobytes)}  limit ${limit}: ${kilobytes <= limit ? "met" : "MISSED"}`,
  );
}

function show(value) {
  return value.toFixed(1).padStart(7);
}
