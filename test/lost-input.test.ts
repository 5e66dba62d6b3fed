import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Data, FloatTensor, ModelError } from "../src/node/index.ts";
import { loadModel } from "../src/node/index.ts";

interface Expected {
  readonly x: Data;
  readonly y: number[][];
}
const FOLDER = "fixtures/lost-input";
const expected = JSON.parse(readFileSync(`${FOLDER}/expected.json`, "utf8")) as Record<string, Expected>;

describe("a Sequential of Keras 2.3 without the shape of its input", () => {
  it.each(["dense", "lstm", "conv1d", "conv2d"])("is read where its weights tell it: %s", async (name) => {
    const { x, y } = expected[name];
    const file = `${FOLDER}/${name}.h5`;
    for (const model of [
      await loadModel(file),
      await loadModel(`${FOLDER}/${name}.json`, { weights: file }),
    ]) {
      expect(model.notes.map(({ message }) => message)).toContainEqual(
        expect.stringMatching(/does not say the shape of the input: \(None, .*follows from the weights of/),
      );
      const found = model.predict(x) as FloatTensor;
      y.flat().forEach((value, k) => expect(found.data[k]).toBeCloseTo(value, 5));
    }
  });

  it("is refused where they leave it open", async () => {
    const refused = await loadModel(`${FOLDER}/flat.h5`).catch((error: unknown) => error);
    expect((refused as ModelError).code).toBe("not-built");
    expect((refused as ModelError).message).toMatch(/does not say the shape of the model's input/);
  });
});
