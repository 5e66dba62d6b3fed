import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";
import { type Noted, tensor } from "./noted.ts";

const FOLDER = "fixtures/distributed-masks";

interface Golden {
  readonly x: Noted;
  readonly y: Noted;
  readonly predicted: Noted;
  /** Of `evaluate` and two steps; none where that Keras cannot train the model. */
  readonly losses: readonly number[];
}

const goldens = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .flatMap((name) =>
    Object.entries(JSON.parse(readFileSync(`${FOLDER}/${name}`, "utf8")) as Record<string, Golden>),
  );
const opened = (name: string): ReturnType<typeof loadModel> =>
  loadModel(new Uint8Array(gunzipSync(readFileSync(`${FOLDER}/${name}.gz`))), { engine: "interpret" });

test.each(goldens)(
  "masks go through TimeDistributed as in the Keras of the file: %s",
  async (name, golden) => {
    const model = await opened(name);
    const [x, y] = [tensor(golden.x), tensor(golden.y)];
    const predicted = (model.predict(x, { batch_size: 5 }) as { readonly data: Float32Array }).data;
    golden.predicted.data.forEach((value, k) => expect(predicted[k]).toBeCloseTo(value!, 5));
    if (golden.losses.length === 0) return;
    model.compile({ optimizer: "sgd", loss: "mse" });
    const losses = [
      model.evaluate(x, y, { batch_size: 5 }),
      model.trainOnBatch(x, y),
      model.trainOnBatch(x, y),
    ] as number[];
    golden.losses.forEach((loss, k) =>
      expect(Math.abs(losses[k] - loss), `loss ${k}`).toBeLessThan(1e-5 * loss),
    );
  },
);

test.each([
  ["lookups-tf_keras.h5", "3", true],
  ["then_recurrent-tf_keras.h5", "3", true],
  ["model_with_masks-tf_keras.h5", "3", true],
  ["lookups-keras.keras", "2", true],
  ["recurrent_steps-1.2.2.h5", "3", true],
  ["fixed-2.3.1.h5", "3", true],
  ["fixed-tf_keras.h5", "3", false],
  ["dense-1.2.2.h5", "3", false],
  ["dense-tf_keras.h5", "3", false],
  ["recurrent_steps-tf_keras.h5", "3", false],
  ["lookups-tf_keras.h5", "2", false],
] as const)("%s written for Keras %s is refused where that masks otherwise", async (name, keras, refused) => {
  const written = (await opened(name)).toBytes("keras", { keras });
  await (refused
    ? expect(written).rejects.toMatchObject({ code: `not-in-keras-${keras}` })
    : expect(written).resolves.toBeDefined());
});
