// The lecture's 30 epochs on 55,000 images against five runs of real Keras: node bench/thirty.mjs [--runs N] [--seed S]
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findFashionMnist } from "../dist/node/index.js";

const at = (path) => new URL(`../${path}`, import.meta.url).pathname;
const { values: options } = parseArgs({
  options: { runs: { type: "string", default: "1" }, seed: { type: "string" } },
});
const keras = JSON.parse(readFileSync(at("fixtures/models/lecture-thirty/expected.json"), "utf8")).runs;
const { source, x_train } = await findFashionMnist();
if (!x_train)
  throw new Error("The training images are missing; install the Debian package dataset-fashion-mnist.");

const ours = [];
for (let run = 0; run < Number(options.runs); run++) ours.push(lecture());
console.table(Object.keys(ours[0]).map((name) => row(name)));

function lecture() {
  const folder = mkdtempSync(join(tmpdir(), "keraunos-"));
  const [model, log] = [join(folder, "lecture.keras"), join(folder, "history.json")];
  try {
    const seed = options.seed === undefined ? [] : ["--seed", options.seed];
    const start = performance.now();
    keraunos(
      "fit",
      at("examples/lectures/fashion-mnist.py"),
      ...seed,
      "--verbose",
      "2",
      "--save",
      model,
      "--history",
      log,
    );
    console.log(`30 epochs in ${((performance.now() - start) / 1000).toFixed(1)} s`);
    const { history } = JSON.parse(readFileSync(log, "utf8"));
    const data = [
      "--x",
      join(source, "t10k-images-idx3-ubyte.gz"),
      "--y",
      join(source, "t10k-labels-idx1-ubyte.gz"),
    ];
    const test = JSON.parse(keraunos("evaluate", model, ...data, "--x-scale", "1/255", "--json"));
    const last = Object.fromEntries(Object.entries(history).map(([name, values]) => [name, values.at(-1)]));
    return { ...last, test_loss: test.loss, test_accuracy: test.accuracy };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function keraunos(...args) {
  const { status, stdout } = spawnSync(process.execPath, [at("dist/node/cli/main.js"), ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`keraunos ${args[0]} ended with exit code ${status}`);
  return stdout;
}

/** One quantity: ours, Keras's smallest, mean and largest, and how many standard deviations ours are from Keras's mean. */
function row(name) {
  const [mine, theirs] = [ours, keras].map((runs) => runs.map((run) => run[name]));
  const deviation = Math.sqrt(
    theirs.reduce((sum, v) => sum + (v - mean(theirs)) ** 2, 0) / (theirs.length - 1),
  );
  const [least, most] = [Math.min(...theirs), Math.max(...theirs)];
  return {
    name,
    keraunos: mine.map((v) => v.toFixed(4)).join(" "),
    keras: `${least.toFixed(4)} … ${mean(theirs).toFixed(4)} … ${most.toFixed(4)}`,
    within: mine.every((v) => v >= least && v <= most),
    deviations: mine.map((v) => ((v - mean(theirs)) / deviation).toFixed(1)).join(" "),
  };
}

function mean(values) {
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}
