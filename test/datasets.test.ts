import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { downloadFashionMnist, findFashionMnist } from "../src/node/datasets.ts";

const SHIPPED = "examples/data/fashion-mnist";
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keraunos-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the shipped test set is what remains where nothing else is found", async () => {
  const found = await findFashionMnist([folder]);
  expect(found.source.endsWith(SHIPPED)).toBe(true);
  expect(found.x_train).toBeUndefined();
  expect(found.x_test.shape).toEqual([10_000, 28, 28]);
  expect(found.y_test.shape).toEqual([10_000]);
  expect(found.x_test.dtype).toBe("uint8");
  expect([...(found.y_test.data as Uint8Array).subarray(0, 5)]).toEqual([9, 2, 1, 1, 6]);
  const pixels = createHash("sha256").update(found.x_test.data as Uint8Array);
  expect(pixels.digest("hex")).toBe("c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a");
});

test("a folder that lacks the training images is not taken for the whole", async () => {
  cpSync(SHIPPED, folder, { recursive: true });
  const found = await findFashionMnist([folder]);
  expect(found.source).not.toBe(folder);
});

test("without a network, the message says which address failed, why, and what to do", async () => {
  const offline = () =>
    Promise.reject(new TypeError("fetch failed", { cause: new Error("no route to host") }));
  const attempt = downloadFashionMnist(folder, offline);
  await expect(attempt).rejects.toMatchObject({ name: "ModelError", code: "dataset-unavailable" });
  await expect(attempt).rejects.toThrow(
    /train-images-idx3-ubyte\.gz could not be downloaded: no route to host.*dataset-fashion-mnist/,
  );
});

test("a download of other bytes is refused and leaves nothing", async () => {
  const wrong = readFileSync(join(SHIPPED, "t10k-labels-idx1-ubyte.gz"));
  const attempt = downloadFashionMnist(folder, () => Promise.resolve(new Response(wrong)));
  await expect(attempt).rejects.toThrow(/checksum/);
  const found = await findFashionMnist([folder]);
  expect(found.source).not.toBe(folder);
});

test.skipIf(process.platform !== "linux")("a cache that nobody can make is refused, and soon", async () => {
  const never = (): Promise<Response> => Promise.reject(new Error("not to be asked"));
  const attempt = downloadFashionMnist("/proc/keraunos/datasets", never);
  await expect(attempt).rejects.toMatchObject({ name: "ModelError", code: "file-enoent" });
  await expect(attempt).rejects.toThrow(/^\/proc\/keraunos: The file cannot be written/);
  const file = join(folder, "file");
  writeFileSync(file, "");
  await expect(downloadFashionMnist(join(file, "datasets"), never)).rejects.toMatchObject({
    code: "file-enotdir",
  });
});

test("a cache is made with the folders above it", async () => {
  const offline = () => Promise.reject(new Error("offline"));
  const cache = join(folder, "a/b");
  await expect(downloadFashionMnist(cache, offline)).rejects.toThrow(/offline/);
  expect(existsSync(cache)).toBe(true);
});
