import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";
import { type Noted, tensor } from "./noted.ts";

const FOLDER = "fixtures/wrapped-penalties";

interface Golden {
  readonly x: Noted;
  readonly y: Noted;
  /** Over one batch, over batches of 4 and 2, and in three steps of training. */
  readonly losses: readonly number[];
}

const goldens = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .flatMap((name) =>
    Object.entries(JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8")) as Record<string, Golden>),
  );
const opened = (name: string): ReturnType<typeof loadModel> =>
  loadModel(new Uint8Array(gunzipSync(readFileSync(`${FOLDER}/${name}.gz`))), { engine: "interpret" });

test.each(goldens)("what wrapped layers give out is penalised as in Keras: %s", async (name, golden) => {
  const model = await opened(name);
  const [x, y] = [tensor(golden.x), tensor(golden.y)];
  const losses = [
    model.evaluate(x, y, { batch_size: 6 }),
    model.evaluate(x, y, { batch_size: 4 }),
    model.trainOnBatch(x, y),
    model.trainOnBatch(x, y),
    model.trainOnBatch(x, y),
  ] as number[];
  golden.losses.forEach((loss, k) =>
    expect(Math.abs(losses[k] - loss), `loss ${k}`).toBeLessThan(1e-5 * loss),
  );
});

test.each([
  ["steps-tf_keras.h5", "3", true],
  ["steps-keras.keras", "2", true],
  ["steps-tf_keras.h5", "2", false],
  ["both-tf_keras.h5", "3", false],
] as const)("%s written for Keras %s says whether it is penalised otherwise", async (name, keras, said) => {
  const model = await opened(name);
  await model.toBytes("keras", { keras });
  expect(model.notes.some(({ message }) => message.includes("inside of a TimeDistributed"))).toBe(said);
});
