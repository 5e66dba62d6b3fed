// Fills the listings of ARCHITECTURE.md with what the stages print for the models of docs/, and writes the lecture's example.
// `--check` writes nothing and fails where a listing is not what is printed.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CLI = ["--import", "tsx", "src/node/cli/main.ts"];
const run = (...args) =>
  execFileSync(process.execPath, [...CLI, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
/** The models of the listings, and whether they show training. */
const TRAINED = new Map([
  ["docs/iris.py", ["--training"]],
  ["docs/edges.py", []],
]);
const check = process.argv.includes("--check");
let stale = 0;

keep("ARCHITECTURE.md", fill(readFileSync("ARCHITECTURE.md", "utf8")));
const folder = mkdtempSync(join(tmpdir(), "keraunos-docs-"));
const name = ["--target", "ts", "--training", "--weights", "none", "--name", "fashion-mnist"];
run("compile", "examples/lectures/fashion-mnist.py", ...name, "-o", folder);
keep("examples/lectures/fashion-mnist.ts", readFileSync(join(folder, "fashion-mnist.ts"), "utf8"));
process.exitCode = stale ? 1 : 0;

/** `<!-- emit STAGE FROM-TO of MODEL -->` stands above each listing: the lines of that stage that it shows. */
function fill(text) {
  const stages = new Map();
  return text.replace(
    /(<!-- emit (\w+) (\d+)-(\d+) of ([\w/.]+) -->)\n```(\w*)\n[\s\S]*?\n```/g,
    (_all, mark, stage, from, to, model, language) => {
      const key = `${stage} ${model}`;
      if (!stages.has(key))
        stages.set(key, run("compile", model, ...TRAINED.get(model), "--emit", stage).split("\n"));
      const lines = stages.get(key).slice(from - 1, to);
      return `${mark}\n\`\`\`${language}\n${lines.join("\n")}\n\`\`\``;
    },
  );
}

function keep(path, text) {
  let held = "";
  try {
    held = readFileSync(path, "utf8");
  } catch {
    // a file not yet written is stale
  }
  if (held === text) return;
  if (check) {
    console.error(`${path} is not what the stages print; run npm run docs`);
    stale++;
  } else writeFileSync(path, text);
}
