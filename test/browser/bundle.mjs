import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const MODEL = "fixtures/models/lecture-mlp/model.keras";
const { labels } = JSON.parse(readFileSync("fixtures/models/lecture-mlp/expected.json", "utf8")).first_five;

/** What a page does with a bundle; it leaves its answer in the title. */
const PAGE = `
import { load } from "./fashion.js";
const answer = async () => {
  const model = await load();
  const { ok } = model.verify();
  const images = new Float32Array(await (await fetch("./images.bin")).arrayBuffer());
  const y = model.predict(images);
  const best = [0, 1, 2, 3, 4].map((i) => y.subarray(10 * i, 10 * i + 10)).map((row) => row.indexOf(Math.max(...row)));
  const labels = Int32Array.from(best);
  const losses = Array.from({ length: 5 }, () => model.trainStep(images, labels));
  return { ok, best, losses };
};
answer().then((a) => (document.title = JSON.stringify(a)), (e) => (document.title = JSON.stringify({ error: String(e) })));
`;

export const cases = {
  "the JavaScript bundle predicts and trains under script-src 'self'": (browser) =>
    run(browser, "js", "script-src 'self'"),
  "the WebAssembly bundle predicts and trains": (browser) =>
    run(browser, "wasm", "script-src 'self' 'wasm-unsafe-eval'"),
};

async function run({ site, page }, target, csp) {
  const { loadModel, findFashionMnist } = await import("../../dist/node/index.js");
  const model = await loadModel(MODEL);
  const { files } = await model.compileTo({ target, training: true, name: "fashion" });
  const folder = join(site, `bundle-${target}`);
  mkdirSync(folder);
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  const { x_test } = await findFashionMnist([]);
  writeFileSync(
    join(folder, "images.bin"),
    Float32Array.from(x_test.data.subarray(0, 5 * 784), (v) => v / 255),
  );
  writeFileSync(join(folder, "page.js"), PAGE);

  const tab = await page({ csp, script: `/bundle-${target}/page.js` });
  await tab.waitForFunction(() => document.title !== "");
  const answer = JSON.parse(await tab.title());
  assert.equal(answer.error, undefined);
  assert.deepEqual(answer.best, labels);
  assert.ok(answer.ok);
  assert.ok(answer.losses[4] < answer.losses[0], String(answer.losses));
  assert.deepEqual(tab.complaints, []);
}
