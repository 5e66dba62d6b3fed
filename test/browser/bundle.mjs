import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "esbuild";

const MODEL = "fixtures/models/lecture-mlp/model.keras";
const { labels } = JSON.parse(readFileSync("fixtures/models/lecture-mlp/expected.json", "utf8")).first_five;

/** What a page does with a bundle, and Node beside it. */
const ANSWER = `
export async function answer({ load }, images, weights) {
  const model = await load(weights);
  const { ok, maxError } = model.verify();
  const y = model.predict(images);
  const best = [0, 1, 2, 3, 4].map((i) => y.subarray(10 * i, 10 * i + 10)).map((row) => row.indexOf(Math.max(...row)));
  const losses = Array.from({ length: 5 }, () => model.trainStep(images, Int32Array.from(best)));
  const refused = await load(new Uint8Array(3)).catch(String);
  return { ok, maxError, y: [...y], best, losses, refused };
}
`;
/** It leaves its answer in the title. */
const PAGE = `
import { answer } from "./answer.js";
import * as bundle from "./fashion.js";
const read = async (name) => new Uint8Array(await (await fetch(new URL(name, import.meta.url))).arrayBuffer());
const images = new Float32Array((await read("./images.bin")).buffer);
const weights = WEIGHTS ? await read("./fashion.weights.bin") : undefined;
answer(bundle, images, weights).then(
  (a) => (document.title = JSON.stringify(a)),
  (e) => (document.title = JSON.stringify({ error: String(e) })),
);
`;
const STRICT = "script-src 'self'";
const WASM = "script-src 'self' 'wasm-unsafe-eval'";

export const cases = {
  "the TypeScript bundle predicts and trains under script-src 'self'": (browser) =>
    run(browser, { target: "ts" }, STRICT),
  "the JavaScript bundle predicts and trains under script-src 'self'": (browser) =>
    run(browser, { target: "js" }, STRICT),
  "the JavaScript bundle takes its weights from a file": (browser) =>
    run(browser, { target: "js", weights: "file" }, STRICT),
  "the WebAssembly bundle predicts and trains": (browser) => run(browser, { target: "wasm" }, WASM),
  "the WebAssembly bundle takes its weights from a file": (browser) =>
    run(browser, { target: "wasm", weights: "file" }, WASM),
};

async function run({ site, page }, options, csp) {
  const name = `bundle-${options.target}-${options.weights ?? "inline"}`;
  const folder = join(site, name);
  const images = await makeSite(folder, options);
  const tab = await page({ csp, script: `/${name}/page.js` });
  await tab.waitForFunction(() => document.title !== "");
  const answer = JSON.parse(await tab.title());
  assert.equal(answer.error, undefined);
  assert.deepEqual(answer.best, labels);
  assert.ok(answer.ok, `verify: ${answer.maxError}`);
  assert.ok(answer.losses[4] < answer.losses[0], String(answer.losses));
  assert.match(answer.refused, /RangeError: The weights have 3 bytes/);
  assert.deepEqual(tab.complaints, []);
  assert.deepEqual(answer, JSON.parse(JSON.stringify(await inNode(folder, images, options))));
}

/** The bundle, its page and five images; gives the images. */
async function makeSite(folder, options) {
  const { loadModel, findFashionMnist } = await import("../../dist/node/index.js");
  const model = await loadModel(MODEL);
  const { files } = await model.compileTo({ ...options, training: true, name: "fashion" });
  const { x_test } = await findFashionMnist([]);
  const images = Float32Array.from(x_test.data.subarray(0, 5 * 784), (v) => v / 255);
  mkdirSync(folder);
  const write = (name, content) => writeFileSync(join(folder, name), content);
  for (const [name, bytes] of files) write(name, bytes);
  if (options.target === "ts") write("fashion.js", await stripped(files.get("fashion.ts")));
  write("images.bin", images);
  write("answer.js", ANSWER);
  write("page.js", PAGE.replace("WEIGHTS", String(options.weights === "file")));
  // Node reads the same files as modules
  write("package.json", `{ "type": "module" }`);
  return images;
}

const stripped = async (bytes) =>
  (await transform(new TextDecoder().decode(bytes), { loader: "ts", target: "es2022" })).code;

/** The same calls on the same files in Node: the numbers of the page must be these, to the last bit. */
async function inNode(folder, images, { weights }) {
  const [{ answer }, bundle] = await Promise.all(
    ["answer.js", "fashion.js"].map((f) => import(join(folder, f))),
  );
  return answer(
    bundle,
    images,
    weights === "file" ? readFileSync(join(folder, "fashion.weights.bin")) : undefined,
  );
}
