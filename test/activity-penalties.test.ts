import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";
import { type Noted, tensor } from "./noted.ts";

const FOLDER = "fixtures/activity-penalties";

interface Golden {
  readonly x: Noted;
  readonly y: Noted;
  /** Over one batch, over batches of 4 and 2, and in two steps of training. */
  readonly losses: readonly number[];
}

const goldens = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .flatMap((name) =>
    Object.entries(JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8")) as Record<string, Golden>),
  );
const opened = (name: string): ReturnType<typeof loadModel> =>
  loadModel(new Uint8Array(gunzipSync(readFileSync(`${FOLDER}/${name}.h5.gz`))), { engine: "interpret" });

test.each(goldens)(
  "outputs are penalised as the Keras that wrote the file does: %s",
  async (name, golden) => {
    const model = await opened(name);
    const [x, y] = [tensor(golden.x), tensor(golden.y)];
    const losses = [
      model.evaluate(x, y, { batch_size: 6 }),
      model.evaluate(x, y, { batch_size: 4 }),
      model.trainOnBatch(x, y),
      model.trainOnBatch(x, y),
    ] as number[];
    golden.losses.forEach((loss, k) =>
      expect(Math.abs(losses[k] - loss), `loss ${k}`).toBeLessThan(1e-5 * loss),
    );
  },
);

test("a file for a newer Keras says that it divides by the batch", async () => {
  const model = await opened("steps-2.3.1");
  await model.toBytes("keras");
  expect(model.notes.map(({ message }) => message).join()).toMatch(/divides .* by the batch/);
});
