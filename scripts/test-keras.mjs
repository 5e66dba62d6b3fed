// Runs test/keras/*.py against the built package with the pinned Keras. Each prints `ok NAME` or `FAIL NAME: WHY` for every case.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { KERAS_ENV, kerasPython } from "./python.mjs";
import { tally } from "./tally.mjs";

const FOLDER = "test/keras";
const count = tally();

if (!existsSync("dist/node/cli/main.js")) count.fail("build", "dist is missing; run npm run build");
const python = count.attempt("python", kerasPython);
const wanted = process.argv.slice(2);
const scripts = readdirSync(FOLDER).filter((name) => /^[^_].*\.py$/.test(name) && matches(name));
if (scripts.length === 0) count.fail(FOLDER, "no test was found");
if (python) scripts.sort().forEach(runScript);
count.close();

function matches(name) {
  return wanted.length === 0 || wanted.some((part) => name.includes(part));
}

function runScript(name) {
  const options = {
    encoding: "utf8",
    env: { ...process.env, ...KERAS_ENV },
    timeout: 900_000,
    maxBuffer: 2 ** 26,
  };
  const { status, stdout, stderr, error } = spawnSync(python, [`${FOLDER}/${name}`], options);
  const lines = (stdout ?? "").split("\n");
  const passed = lines.filter((line) => line.startsWith("ok "));
  const failed = lines.filter((line) => line.startsWith("FAIL "));
  for (const line of passed) count.pass(`${name} ${line.slice(3)}`);
  for (const line of failed) count.fail(name, line.slice(5));
  const broken = status !== 0 && failed.length === 0;
  if (broken || passed.length + failed.length === 0) {
    count.fail(
      name,
      `it ended with ${error?.message ?? `exit code ${status}`}\n${(stderr ?? "").slice(-4000)}`,
    );
  }
}
