// Runs the scripts in fixtures/ with the pinned Keras, all or those named: npm run fixtures:keras -- lecture-mlp
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { KERAS_ENV, kerasPython } from "./python.mjs";

const LIBRARIES = new Set(["lecture.py", "legacy_h5.py"]);
/** These run under versions of Keras that need an older Python: see fixtures/README.md. */
const OLDER = new Set([
  "frozen.py",
  "json-dialects.py",
  "keras1-branches.py",
  "activity-penalties.py",
  "keras1-penalties.py",
  "legacy-h5-keras1.py",
  "legacy-h5-keras2.py",
]);
const wanted = process.argv.slice(2);
const python = kerasPython();
const scripts = readdirSync("fixtures").filter(
  (name) => name.endsWith(".py") && !LIBRARIES.has(name) && !OLDER.has(name),
);

for (const name of scripts.filter((n) => wanted.length === 0 || wanted.includes(n.replace(/\.py$/, "")))) {
  console.error(`> fixtures/${name}`);
  const env = { ...process.env, ...KERAS_ENV };
  const { status } = spawnSync(python, [`fixtures/${name}`], { stdio: "inherit", env });
  if (status !== 0) process.exitCode = 1;
}
