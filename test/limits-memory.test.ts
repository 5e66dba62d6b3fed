import { expect, test } from "vitest";
import { loadModel, ModelError } from "../src/node/index.ts";

test("a model whose arena passes what WebAssembly addresses is refused before anything is emitted", async () => {
  const model = await loadModel(
    `from tensorflow import keras
model = keras.Sequential([keras.Input((512, 512, 3)), keras.layers.Conv2D(64, 3, padding="same", name="wide"), keras.layers.GlobalAveragePooling2D()])
`,
    { seed: 1 },
  );
  const refused = await model.compileTo({ target: "wasm", batch_size: 256 }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(ModelError);
  const { message, expected, received } = refused as ModelError;
  expect(message).toMatch(/256 rows/);
  expect(message).toMatch(/wide/);
  expect(expected).toBe("at most 4294901760 bytes");
  expect(Number(/\d+/.exec(received!))).toBeGreaterThan(2 ** 32);
});
