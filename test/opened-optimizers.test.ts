import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";
import { run } from "./cli-run.ts";

const cases = JSON.parse(
  readFileSync(new URL("../fixtures/opened-optimizers.json", import.meta.url), "utf8"),
) as Record<string, { readonly file: string; readonly summary: string }>;
const bytesOf = (file: string): Uint8Array => new Uint8Array(gunzipSync(Buffer.from(file, "base64")));

const folder = mkdtempSync(join(tmpdir(), "opened-"));
const path = join(folder, "model");
afterAll(() => rmSync(folder, { recursive: true }));

test.each(Object.entries(cases))("%s: the optimizer that Keras 3 counts", async (_, golden) => {
  const bytes = bytesOf(golden.file);
  const model = await loadModel(bytes);
  expect(model.summary()).toBe(golden.summary);
  writeFileSync(path, bytes);
  const { out } = await run(["summary", path]);
  expect(out.trimEnd()).toBe(golden.summary.trimEnd());
});

test("after a step, and after compile, it is the optimizer of this model", async () => {
  const model = await loadModel(bytesOf(cases.adam.file));
  model.trainOnBatch([[1, 2]], [[1, 2, 3]]);
  expect(model.summary()).toContain("Optimizer params: 20 (");
  const again = await loadModel(bytesOf(cases.adam.file));
  again.compile({ optimizer: "adam", loss: "mse" });
  expect(again.summary()).not.toContain("Optimizer params");
});

test("models of TensorFlow.js come to Keras uncompiled", async () => {
  const model = await loadModel(bytesOf(cases.adam.file));
  const files = (await model.toBytes("tfjs")) as Record<string, Uint8Array>;
  expect(new TextDecoder().decode(files["model.json"])).toContain("optimizer");
  expect((await loadModel(files)).summary()).not.toContain("Optimizer params");
});
