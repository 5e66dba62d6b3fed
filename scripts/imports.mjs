// Fails when an import in src points backward, or when anything but src/node imports from Node.
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import ts from "typescript";
import { sources } from "./sources.mjs";

/** What each folder of src, and the pipeline `compile.ts`, may import besides itself, the data of `ir` and the diagnostics. */
const MAY_IMPORT = {
  ir: [],
  formats: [],
  parser: [],
  codegen: [],
  compile: ["codegen"],
  runtime: ["codegen", "compile"],
  // joins the ends: from a file, through everything, to a model and back
  load: ["formats", "parser", "runtime"],
  save: ["formats", "parser", "runtime"],
};

/** Single files that all stages may use. */
const OPEN = ["diagnostics", "json-text"];

const wrong = sources(["src"]).flatMap((path) =>
  importsOf(path).flatMap((target) => problem(path, target) ?? []),
);
for (const line of wrong) console.error(line);
process.exitCode = wrong.length ? 1 : 0;

function importsOf(path) {
  const { importedFiles } = ts.preProcessFile(readFileSync(path, "utf8"), true, true);
  return importedFiles.map((file) => file.fileName);
}

function problem(path, target) {
  const folder = stageOf(path);
  if (folder === "node") return undefined;
  if (target.startsWith("node:")) return `${path} imports ${target}: only src/node may`;
  if (!target.startsWith(".")) return undefined;
  const to = stageOf(posix.join(posix.dirname(path), target));
  if (to === "node")
    return `${path} imports ${target}: nothing below src/node may be imported from outside it`;
  if (to === "" && folder !== "") return `${path} imports ${target}: the top of src stands above its folders`;
  const allowed =
    folder === "" || to === folder || to === "ir" || OPEN.includes(to) || MAY_IMPORT[folder]?.includes(to);
  return allowed ? undefined : `${path} imports ${target}: ${folder} may not import ${to}`;
}

/** The folder right below src; "" for a file at the top, but for the pipeline and for the diagnostics, which are open to all. */
function stageOf(path) {
  const [, first, ...rest] = path.split("/");
  const [, named] = /^(diagnostics|json-text|compile)\.ts$/.exec(first) ?? [];
  if (named) return named;
  return rest.length ? first : "";
}
