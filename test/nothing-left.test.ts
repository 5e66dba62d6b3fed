import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

const FOLDER = "fixtures/nothing-left";
const files = readdirSync(FOLDER).filter((file) => !file.endsWith(".json"));

/** Numbers that are none are null. */
interface Golden {
  readonly x: number[][];
  readonly y: number[][];
  readonly predicted: readonly (number | null)[];
  readonly loss: number | null;
  readonly trained: readonly (readonly (number | null)[])[];
}

function close(found: ArrayLike<number>, wanted: readonly (number | null)[]): void {
  expect(found).toHaveLength(wanted.length);
  wanted.forEach((value, k) =>
    value === null ? expect(found[k]).toBeNaN() : expect(found[k]).toBeCloseTo(value, 5),
  );
}

describe.each(["wasm", "interpret"] as const)("masks that leave nothing, %s", (engine) => {
  test.each(files)("%s", async (file) => {
    const golden = JSON.parse(readFileSync(`${FOLDER}/${file}.json`, "utf8")) as Golden;
    const model = await loadModel(`${FOLDER}/${file}`, { engine });
    close((model.predict(golden.x) as { readonly data: Float32Array }).data, golden.predicted);
    model.compile({ optimizer: { class_name: "SGD", config: { learning_rate: 0.1 } }, loss: "mse" });
    const { history } = await model.fit(golden.x, golden.y, { shuffle: false, verbose: 0 });
    close(history.loss as number[], [golden.loss]);
    const trained = model.weights.filter(({ dtype }) => dtype === "float32");
    trained.forEach(({ data }, k) => close(data, golden.trained[k]));
  });
});

test.each([
  ["attention.keras", "2", "Keras 2 trains queries and keys, this model does not."],
  ["attention.h5", "3", "Keras 3 does not train queries and keys, this model does."],
  ["attention_with_dropout.keras", "2", "Keras 2 weighs all alike, this model gives 0."],
  ["softmax.h5", "3", "Keras 3 gives 0, this model weighs all alike."],
  ["attention.h5", "2", undefined],
  ["pooling.h5", "3", undefined],
] as const)("%s written for Keras %s says what is done otherwise", async (file, keras, said) => {
  const model = await loadModel(`${FOLDER}/${file}`);
  const before = model.notes.length;
  await model.toBytes("keras", { keras });
  const notes = model.notes.slice(before).filter(({ message }) => message.includes("mask leaves"));
  expect(notes.map(({ message }) => message)).toEqual(
    said ? [`Where a mask leaves this layer nothing to see, ${said}`] : [],
  );
});
