import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import ts from "typescript";
import { afterAll, describe, expect, test } from "vitest";
import { CASES, filesOf, type Case, TARGETS, textOf } from "./bundle-models.ts";

const STRICT: ts.CompilerOptions = {
  strict: true,
  erasableSyntaxOnly: true,
  isolatedModules: true,
  verbatimModuleSyntax: true,
  exactOptionalPropertyTypes: true,
  noImplicitReturns: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
  types: [],
  skipDefaultLibCheck: true,
  noEmit: true,
};

const site = mkdtempSync(join(tmpdir(), "bundle-types-"));
afterAll(() => rmSync(site, { recursive: true }));
const host = ts.createCompilerHost(STRICT);
const { getSourceFile } = host;
const libraries = new Map<string, ts.SourceFile | undefined>();
host.getSourceFile = (path, version) => {
  if (path.startsWith(site)) return getSourceFile.call(host, path, version);
  if (!libraries.has(path)) libraries.set(path, getSourceFile.call(host, path, version));
  return libraries.get(path);
};

/** What `tsc --strict` says about these files, all in one folder. */
function complaints(texts: ReadonlyMap<string, string>, options = STRICT): string[] {
  const folder = mkdtempSync(join(site, "of-"));
  for (const [name, text] of texts) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const roots = [...texts.keys()].filter((name) => name.endsWith(".ts")).map((name) => join(folder, name));
  return ts
    .getPreEmitDiagnostics(ts.createProgram(roots, options, host))
    .map((d) => `${d.file?.fileName}: ${ts.flattenDiagnosticMessageText(d.messageText, "\n")}`);
}

const files = ({ fresh }: Case, options: object): Map<string, string> => {
  const made = filesOf(fresh(), options);
  return new Map([...made.keys()].map((name) => [name, textOf(made, name)]));
};

test("bundles are strict TypeScript with and without training", () => {
  const sources = CASES.flatMap((model, k) =>
    [false, true].map((training): [string, string] => [
      `${k}${training}.ts`,
      files(model, { target: "ts", training }).get("m.ts")!,
    ]),
  );
  expect(complaints(new Map(sources))).toEqual([]);
});

/** A user's file: no casts. */
const USER = `
import { load, type Data, type Model } from "./m.js";

const model: Model = await load(LOAD);
const rows: number[][] = [[1, 2], [3, 4]];
const forms: Data[] = [rows, [1, 2], new Float32Array(4), new Uint8Array(2), [new Float32Array(2)], [[[1]], [[2]]]];
for (const x of forms) {
  const y: PREDICTED = model.predict(x);
  console.log(y);
}
const named: PREDICTED = model.predict({ a: rows, b: new Float64Array(2) });
const { ok, maxError }: { ok: boolean; maxError: number } = model.verify();
model.weights["dense/kernel"].fill(0);
const total: number = Object.values(model.weights).reduce((sum, w) => sum + w.length, 0);
console.log(named, ok, maxError, total);
`;
const TRAINS = `
const loss: number = model.trainStep({ a: rows }, Int32Array.of(1, 2));
const rates: Float32Array = model.optimizer["adam/learning_rate"];
for (const [path, gradient] of Object.entries(model.gradients)) console.log(path, gradient.subarray(0, 2), rates, loss);
`;
const WRONG = `
model.predict("rows");
model.predict([["1"]]);
model.predict(rows, 32);
model.weights = {};
model.verify().max_error;
`;

describe.each(TARGETS)("types of a bundle as %s", (target) => {
  const [one, , two] = CASES;
  const declared = (model: Case, options: object): Map<string, string> => {
    const made = files(model, { target, ...options });
    made.delete("m.ts");
    return made;
  };
  const user = (predicted: string, load: string, more = ""): string =>
    USER.replaceAll("PREDICTED", predicted).replace("LOAD", load) + more;

  test("serve a user's file without casts", () => {
    const cases = [
      [one, {}, user("Float32Array", "")],
      [one, { weights: "none" }, user("Float32Array", "")],
      [one, { weights: "file" }, user("Float32Array", "new Uint8Array(8)")],
      [one, { training: true }, user("Float32Array", "", TRAINS)],
      [two, { training: true }, user("Record<string, Float32Array>", "new Uint8Array(8)", TRAINS)],
    ] as const;
    const folders = cases.flatMap(([model, options, text], k) =>
      [...declared(model, options).set("user.ts", text)].map(([name, t]): [string, string] => [
        `${k}/${name}`,
        t,
      ]),
    );
    expect(complaints(new Map(folders))).toEqual([]);
  });

  test("refuse what the bundle would refuse", () => {
    const made = declared(one, { weights: "file" }).set("user.ts", user("Float32Array", "", WRONG + TRAINS));
    const found = complaints(made).join("\n");
    for (const message of [
      "Expected 1 arguments, but got 0",
      "'string' is not assignable to parameter of type",
      "Type 'string' is not assignable to type 'number | Data'",
      "Expected 1 arguments, but got 2",
      "Cannot assign to 'weights' because it is a read-only property",
      "Property 'max_error' does not exist",
      "Property 'trainStep' does not exist",
    ])
      expect(found).toContain(message);
  });

  test("are those of the module itself", () => {
    const made = files(one, { target: "ts", training: true });
    const same = `import * as declared from "./d/m.js";\nimport * as written from "./m.ts";
      const a: typeof declared.load = written.load;\nconst b: typeof written.load = declared.load;\nconsole.log(a, b);`;
    const all = new Map([
      ["m.ts", made.get("m.ts")!],
      ["d/m.d.ts", made.get("m.d.ts")!],
      ["same.ts", same],
    ]);
    expect(complaints(all, { ...STRICT, allowImportingTsExtensions: true })).toEqual([]);
  });

  test("exactly one name is exported at run time", () => {
    const made = files(one, { target, training: true });
    expect(made.get("m.js")!.match(/^export .*/gm)).toEqual(["export async function load(bytes) {"]);
  });
});
