import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";
import { type Noted, tensor } from "./noted.ts";

const FOLDER = "fixtures/keras1-penalties";

interface Golden {
  readonly x: Noted;
  readonly target: Noted;
  readonly loss: number;
}

test("the gates of Keras 1 have the kernel's regularizer on their recurrent weights too", async () => {
  const golden = JSON.parse(readFileSync(`${FOLDER}/golden.json`, "utf8")) as Golden;
  const bytes = new Uint8Array(gunzipSync(readFileSync(`${FOLDER}/gru.h5.gz`)));
  const model = await loadModel(bytes, { engine: "interpret", limits: { time_ms: 60_000 } });
  const loss = model.trainOnBatch(tensor(golden.x), tensor(golden.target)) as number;
  expect(Math.abs(loss - golden.loss)).toBeLessThan(1e-5 * golden.loss);
});
