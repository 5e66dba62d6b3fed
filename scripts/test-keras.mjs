// Runs test/keras/*.py against the built package with the pinned Keras. Each prints `ok NAME` or `FAIL NAME: WHY` for every case.
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { KERAS_ENV, kerasPython } from "./python.mjs";
import { tally } from "./tally.mjs";

const FOLDER = "test/keras";
const count = tally();

if (!existsSync("dist/node/cli/main.js")) count.fail("build", "dist is missing; run npm run build");
const python = count.attempt("python", kerasPython);
const wanted = process.argv.slice(2);
const scripts = readdirSync(FOLDER).filter((name) => /^[^_].*\.py$/.test(name) && matches(name));
scripts.sort();
if (scripts.length === 0) count.fail(FOLDER, "no test was found");
if (python)
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, () => work(scripts)));
count.close();

function matches(name) {
  return wanted.length === 0 || wanted.some((part) => name.includes(part));
}

/** Takes one script after the other; several do so at once. */
async function work(waiting) {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) report(name, await run(name));
}

function run(name) {
  const options = { env: { ...process.env, ...KERAS_ENV }, timeout: 900_000, maxBuffer: 2 ** 26 };
  return new Promise((resolve) => {
    execFile(python, [`${FOLDER}/${name}`], options, (error, stdout, stderr) =>
      resolve({ error, stdout, stderr }),
    );
  });
}

function report(name, { error, stdout, stderr }) {
  const lines = stdout.split("\n");
  const passed = lines.filter((line) => line.startsWith("ok "));
  const failed = lines.filter((line) => line.startsWith("FAIL "));
  for (const line of passed) count.pass(`${name} ${line.slice(3)}`);
  for (const line of failed) count.fail(name, line.slice(5));
  const broken = error !== null && failed.length === 0;
  if (broken || passed.length + failed.length === 0) {
    const end = error?.killed ? "the time limit" : `exit code ${error?.code ?? 0}`;
    count.fail(name, `it ended with ${end}\n${stderr.slice(-4000)}`);
  }
}
