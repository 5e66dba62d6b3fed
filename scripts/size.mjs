// Prints lines by folder and the longest functions; fails when a file or a function is over budget.
import { readFileSync } from "node:fs";
import ts from "typescript";
import { sources } from "./sources.mjs";

const FILE_BUDGET = 400;
const FUNCTION_BUDGET = 40;

const files = sources(["src", "scripts", "bench"]).map(measure);
const functions = files.flatMap((file) => file.functions).sort((a, b) => b.lines - a.lines);

printFolders();
printSpread("files", files);
printSpread("functions", functions);
console.log("longest functions:");
for (const f of functions.slice(0, 5)) console.log(`  ${String(f.lines).padStart(4)}  ${f.where}`);

// A table has no function to read through, so its length is no burden.
const over = [
  ...files
    .filter((file) => file.lines > FILE_BUDGET && file.functions.length > 0)
    .map(complaint(FILE_BUDGET)),
  ...functions.filter((f) => f.lines > FUNCTION_BUDGET).map(complaint(FUNCTION_BUDGET)),
];
for (const line of over) console.error(line);
process.exitCode = over.length ? 1 : 0;

function measure(path) {
  const text = readFileSync(path, "utf8");
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const functions = [];
  const visit = (node) => {
    if (ts.isFunctionLike(node) && node.body) functions.push(describe(path, tree, node));
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return { where: path, lines: text.split("\n").length - 1, functions };
}

function describe(path, tree, node) {
  const line = (position) => tree.getLineAndCharacterOfPosition(position).line + 1;
  const [first, last] = [line(node.getStart(tree)), line(node.end)];
  const name = (node.name ?? node.parent.name)?.getText(tree) ?? "(anonymous)";
  return { where: `${path}:${first} ${name}`, lines: last - first + 1 };
}

function printFolders() {
  const folders = new Map();
  for (const file of files) {
    const folder = file.where.split("/").slice(0, -1).join("/");
    const [count, lines] = folders.get(folder) ?? [0, 0];
    folders.set(folder, [count + 1, lines + file.lines]);
  }
  for (const [folder, [count, lines]] of [...folders].sort()) {
    console.log(`${String(lines).padStart(6)} lines ${String(count).padStart(4)} files  ${folder}`);
  }
}

function printSpread(title, items) {
  const sizes = items.map((item) => item.lines).sort((a, b) => a - b);
  const at = (share) => sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * share))] ?? 0;
  console.log(`${sizes.length} ${title}: median ${at(0.5)} lines, p99 ${at(0.99)}, longest ${at(1)}`);
}

function complaint(budget) {
  return (item) => `over budget: ${item.where} has ${item.lines} lines; ${budget} are allowed`;
}
