// One epoch of the lecture on 55,000 images, Keras and Keraunos in turn on the same core: node bench/epoch.mjs [--rounds N]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { KERAS_ENV, kerasPython } from "../scripts/python.mjs";
import { onOneCore } from "./pin.mjs";
import { median } from "./timing.mjs";

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "5" } } });
if (!onOneCore()) await main();

async function main() {
  const keras = await startKeras();
  const ours = await startKeraunos();
  const seconds = { keras: [], keraunos: [] };
  for (let round = 1; round <= Number(options.rounds); round++) {
    const [theirs, mine] = [await keras.epoch(), await ours.epoch()];
    seconds.keras.push(theirs.seconds);
    seconds.keraunos.push(mine.seconds);
    console.log(`epoch ${round}: keras ${show(theirs)}, keraunos ${show(mine)}`);
  }
  keras.close();
  const [theirs, mine] = [median(seconds.keras), median(seconds.keraunos)];
  console.log(
    `median: keras ${theirs.toFixed(2)} s, keraunos ${mine.toFixed(2)} s, ${(mine / theirs).toFixed(2)} of Keras's time`,
  );
}

function show({ seconds, loss }) {
  return `${seconds.toFixed(2)} s loss ${loss.toFixed(4)}`;
}

async function startKeras() {
  const script = new URL("keras-fit.py", import.meta.url).pathname;
  const env = { ...process.env, ...KERAS_ENV };
  const child = spawn(kerasPython(), [script], { stdio: ["pipe", "pipe", "ignore"], env });
  const lines = createInterface({ input: child.stdout });
  const answer = async () => {
    const ended = once(child, "exit").then(([code]) =>
      Promise.reject(new Error(`keras-fit.py ended with exit code ${code}`)),
    );
    ended.catch(() => {});
    const [line] = await Promise.race([once(lines, "line"), ended]);
    return JSON.parse(line);
  };
  console.log(`Keras ${(await answer()).ready}, Node ${process.version}`);
  const epoch = () => {
    child.stdin.write("go\n");
    return answer();
  };
  return { epoch, close: () => child.stdin.end() };
}

async function startKeraunos() {
  const { Sequential, layers, findFashionMnist } = await import("../dist/node/index.js");
  const { x_train, y_train, source } = await findFashionMnist();
  if (!x_train)
    throw new Error(`${source} has no training images; install the Debian package dataset-fashion-mnist`);
  const x = {
    shape: [55_000, 28, 28],
    dtype: "float32",
    data: Float32Array.from(x_train.data.subarray(5000 * 784), (v) => v / 255),
  };
  const y = { shape: [55_000], dtype: "uint8", data: y_train.data.slice(5000) };
  const model = Sequential([
    layers.Flatten({ input_shape: [28, 28] }),
    layers.Dense({ units: 300, activation: "relu" }),
    layers.Dense({ units: 100, activation: "relu" }),
    layers.Dense({ units: 10, activation: "softmax" }),
  ]);
  model.compile({ loss: "sparse_categorical_crossentropy", optimizer: "sgd", metrics: ["accuracy"] });
  const fit = () => model.fit(x, y, { batch_size: 32, epochs: 1, verbose: 0 });
  const epoch = async () => {
    const start = performance.now();
    const { history } = await fit();
    return { seconds: (performance.now() - start) / 1000, loss: history.loss[0] };
  };
  await epoch();
  return { epoch };
}
