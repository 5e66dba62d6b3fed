// What Keraunos does, in one run: a model that Keras trained is opened, compiled, run and verified; a fresh one is trained and saved.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";
import { findFashionMnist, loadModel } from "../dist/node/index.js";

const MODEL = "fixtures/models/lecture-mlp/model.h5";
const EXPECTED = "fixtures/models/lecture-mlp/expected.json";
const SNIPPET = "examples/lectures/fashion-mnist.py";
const data = await findFashionMnist();

async function open() {
  heading(`${MODEL}, trained and saved by Keras`);
  const model = await loadModel(MODEL);
  console.log(model.summary());
  return model;
}

async function compile(model) {
  heading("Compiled to a bundle of its own, in out/");
  const { files } = await model.compileTo({ target: "wasm", name: "fashion" });
  for (const [name, bytes] of files) {
    writeFileSync(`out/${name}`, bytes);
    console.log(`out/${name}: ${(bytes.length / 1024).toFixed(1)} kB`);
  }
  writeFileSync("out/package.json", '{ "type": "module" }\n');
  const { load } = await import(pathToFileURL(resolve("out/fashion.js")));
  return load();
}

function runAll(model) {
  heading("All 10,000 test images on the generated code");
  const begin = performance.now();
  const y = model.predict(scaled(data.x_test).data);
  const ms = performance.now() - begin;
  const labels = data.y_test.data;
  const correct = labels.reduce((n, label, i) => n + (argmax(y.subarray(10 * i, 10 * i + 10)) === label), 0);
  const keras = JSON.parse(readFileSync(EXPECTED, "utf8")).test.correct;
  console.log(`${correct} of ${labels.length} right in ${ms.toFixed(0)} ms; Keras: ${keras}`);
  if (correct !== keras) throw new Error(`Keras had ${keras} right, the generated code ${correct}`);
  const { ok, maxError } = model.verify();
  console.log(`verify: ${ok ? "ok" : "FAILED"}, largest error ${maxError.toExponential(1)}`);
  if (!ok) throw new Error("the bundle does not give what the reference gives");
}

async function train() {
  heading(`One epoch from ${SNIPPET}`);
  const { x, y, validation_data, said } = trainingSet();
  console.log(`${said} (${data.source})`);
  const model = await loadModel(SNIPPET);
  await model.fit(x, y, { epochs: 1, batch_size: 32, validation_data, verbose: 1 });
  await model.save("out/fashion.keras");
  console.log("saved to out/fashion.keras");
}

/** The lecture's own split where the training images are found. */
function trainingSet() {
  const { x_train, y_train, x_test, y_test } = data;
  const full = x_train !== undefined;
  const [images, labels] = full ? [x_train, y_train] : [x_test, y_test];
  const part = ([from, to]) => [scaled(rows(images, from, to)), rows(labels, from, to)];
  const [x, y] = part(full ? [5_000, 60_000] : [0, 9_000]);
  const validation_data = part(full ? [0, 5_000] : [9_000, 10_000]);
  const said = full
    ? "55,000 training images; the first 5,000 validate"
    : "No training images were found: these are 9,000 of the test images, and the last 1,000 validate";
  return { x, y, validation_data, said };
}

function rows({ shape, dtype, data }, from, to) {
  const size = data.length / shape[0];
  return { shape: [to - from, ...shape.slice(1)], dtype, data: data.subarray(from * size, to * size) };
}

const scaled = ({ shape, data }) => ({
  shape,
  dtype: "float32",
  data: Float32Array.from(data, (v) => v / 255),
});
const argmax = (row) => row.reduce((best, v, i) => (v > row[best] ? i : best), 0);

function heading(text) {
  console.log(`\n== ${text}`);
}

await main();

async function main() {
  const start = performance.now();
  mkdirSync("out", { recursive: true });
  const trained = await open();
  runAll(await compile(trained));
  await train();
  heading(`Done in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
