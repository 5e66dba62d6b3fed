import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadModel, type ModelError } from "../src/node/index.ts";

/** What Keras does with a product: without a shape it makes no model of it, without numbers it cannot run it. */
interface Case {
  readonly product: string;
  readonly shape?: readonly (number | null)[];
  readonly y?: readonly number[];
}
const cases = JSON.parse(readFileSync("fixtures/products.json", "utf8")) as readonly Case[];
const snippet = (product: string): string => `import keras
x = keras.Input((4,), name="x")
y = keras.layers.ReLU()(x)
model = keras.Model(x, ${product})
`;
const rows = {
  shape: [3, 4],
  dtype: "float32",
  data: Float32Array.from({ length: 12 }, (_, k) => k),
} as const;
const refused = expect.objectContaining({ code: "shape-mismatch" }) as ModelError;

describe("products whose axes meet others", () => {
  test.each(cases)("$product", async ({ product, shape, y }) => {
    if (y) {
      const got = (await loadModel(snippet(product), { seed: 0 })).predict(rows);
      expect([...got.data]).toEqual(y);
    } else {
      const made = loadModel(snippet(product), { seed: 0 }).then((model) => model.predict(rows));
      await expect(made).rejects.toEqual(refused);
    }
    // whose rows meet another axis, Keras runs for batches of one size: its summary is printed
    if (shape?.length === 2) await expect(loadModel(snippet(product), { seed: 0 })).resolves.toBeDefined();
  });
});
