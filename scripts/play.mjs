// Prints every stage of one model: npm run play examples/lectures/fashion-mnist.py
import { spawnSync } from "node:child_process";

const STAGES = ["spec", "ir", "graph", "passes", "kernels", "memory", "ts", "wat"];
const [model, ...rest] = process.argv.slice(2);

if (!model) {
  console.error("usage: npm run play MODEL [options of keraunos compile]");
  process.exitCode = 2;
} else {
  for (const stage of STAGES) print(stage);
}

function print(stage) {
  console.log(`\n== ${stage}\n`);
  const args = ["dist/node/cli/main.js", "compile", model, "--emit", stage, ...rest];
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status !== 0) process.exitCode = 1;
}
