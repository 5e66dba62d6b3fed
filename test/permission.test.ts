import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";

/** Where the package that is loaded finds its dependencies. */
const MODULES = realpathSync("node_modules");
const BUILT = join(MODULES, `.cache/keraunos/permission-${process.pid}`);
const GOOD = ["formats/mlp/model.h5", "formats/mlp/model.keras"].map((name) =>
  realpathSync(`fixtures/${name}`),
);
const HOSTILE = readdirSync("fixtures/hostile").map((name) => realpathSync(`fixtures/hostile/${name}`));
const FILES = [...HOSTILE, ...GOOD];

/** Loads files one after the other, and prints what became of each and whether the process may read a file beside it. */
const LOADS = `
import { readFileSync } from "node:fs";
import { loadModel } from "./index.js";
const outcomes = {};
for (const file of process.argv.slice(3)) {
  const said = await loadModel(file).then(() => "read", (error) => error.name + " " + error.code + " " + error.message);
  outcomes[file] = said;
}
let other = "read";
try { readFileSync(process.argv[2]); } catch (error) { other = error.code; }
console.log(JSON.stringify({ outcomes, other }));
`;

beforeAll(async () => {
  mkdirSync(BUILT, { recursive: true });
  const shared = {
    bundle: true,
    format: "esm",
    packages: "external",
    platform: "node",
    outdir: BUILT,
  } as const;
  await build({ ...shared, entryPoints: ["src/node/index.ts", "src/node/hdf5-worker.ts"] });
  writeFileSync(join(BUILT, "loads.mjs"), LOADS);
  writeFileSync(join(BUILT, "package.json"), '{ "type": "module" }');
});
afterAll(() => rmSync(BUILT, { recursive: true, force: true }));

interface Loaded {
  readonly outcomes: Readonly<Record<string, string>>;
  readonly other: string;
}

async function load(...flags: string[]): Promise<Loaded> {
  const beside = realpathSync("package.json");
  const args = [...flags, "--no-warnings", join(BUILT, "loads.mjs"), beside, ...FILES];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Loaded;
}

test("files are loaded, and hostile ones refused, by a process that may read nothing else", async () => {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const permission = major > 23 || (major === 23 && minor > 4) ? "--permission" : "--experimental-permission";
  const readable = [...FILES, join(MODULES, "*")].map((path) => `--allow-fs-read=${path}`);
  const free = await load();
  const bound = await load(permission, "--allow-worker", ...readable);
  expect([free.other, bound.other]).toEqual(["read", "ERR_ACCESS_DENIED"]);
  expect(bound.outcomes).toEqual(free.outcomes);
  for (const file of GOOD) expect(bound.outcomes[file]).toBe("read");
  const refused = Object.entries(bound.outcomes).filter(([file]) => HOSTILE.includes(file));
  expect(refused.filter(([, said]) => said !== "read" && !/^Model(Limit)?Error/.test(said))).toEqual([]);
}, 600_000);
