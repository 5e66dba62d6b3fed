// The last step of the build: functions that a process's first prediction calls are compiled while its module loads.
// V8 reads a function twice where it first only skips it; `(function …)` tells it to compile at once. Which functions
// these are is measured: what V8's coverage of `first-prediction.mjs` calls, among the module's own declarations.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const BUILT = pathToFileURL(at("../dist/node/")).href;

const built = coverage().filter(({ url }) => url.startsWith(BUILT));
if (built.length === 0) throw new Error(`No script of ${BUILT} was run.`);
for (const { url, functions } of built) {
  const called = functions.filter(({ ranges: [{ count }] }) => count > 0);
  const path = fileURLToPath(url);
  writeFileSync(path, compiledAtOnce(readFileSync(path, "utf8"), called));
}

/** What V8 counted: for every script its functions with the ranges of their text. */
function coverage() {
  const folder = mkdtempSync(join(tmpdir(), "keraunos-coverage-"));
  try {
    execFileSync(process.execPath, [at("first-prediction.mjs")], {
      env: { ...process.env, NODE_V8_COVERAGE: folder },
    });
    return readdirSync(folder).flatMap((file) => JSON.parse(readFileSync(join(folder, file), "utf8")).result);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The module's text: declarations stand as expressions before all else, where V8 sets up declarations too; the others stay. */
function compiledAtOnce(text, called) {
  const starts = new Set(called.map(({ ranges: [{ startOffset }] }) => startOffset));
  // TypeScript takes a dot at a line's end for a mistake where two words follow; places stay the same
  const dotted = text.replaceAll(/\.\n(?=[\w$#])/g, "\n.");
  const file = ts.createSourceFile("built.js", dotted, ts.ScriptTarget.ESNext, true);
  const wasCalled = (node) => starts.has(node.getStart(file));
  const parens = expressionsIn(file)
    .filter(wasCalled)
    .flatMap((f) => [insertion(f.getStart(file), "("), insertion(f.end, ")")])
    .sort((a, b) => a.at - b.at);
  const part = (from, to) => inserted(text, from, to, parens);
  const eager = file.statements.filter((s) => ts.isFunctionDeclaration(s) && wasCalled(s));
  const head = eager.map((f) => `var ${f.name.text} = (${part(f.getStart(file), f.end)});\n`);
  const ends = [0, ...eager.map((f) => f.end)];
  const rest = [...eager.map((f) => f.getStart(file)), text.length].map((start, i) => part(ends[i], start));
  return [...head, ...rest].join("");
}

function insertion(at, what) {
  return { at, what };
}

function expressionsIn(node) {
  const found = [];
  const visit = (n) => {
    if (ts.isArrowFunction(n) || ts.isFunctionExpression(n)) found.push(n);
    ts.forEachChild(n, visit);
  };
  visit(node);
  return found;
}

/** A part of the text with what is inserted inside of it. */
function inserted(text, from, to, insertions) {
  const inside = insertions.filter(({ at }) => at >= from && at < to);
  const starts = [from, ...inside.map(({ at }) => at)];
  return starts.map((s, i) => (inside[i - 1]?.what ?? "") + text.slice(s, inside[i]?.at ?? to)).join("");
}
