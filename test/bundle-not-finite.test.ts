import { expect, test } from "vitest";
import { layers, Sequential } from "../src/node/index.ts";
import { loadBundle } from "./bundle-models.ts";

test.each([NaN, Infinity])("a bundle whose golden output is %s verifies itself", async (value) => {
  const model = Sequential([layers.Dense({ units: 2, input_shape: [3] })], { seed: 1 });
  const [kernel] = model.getWeights();
  model.setWeights([kernel, [value, 0]]);
  const bundle = await loadBundle(model as never, { target: "js" });
  expect(bundle.verify()).toMatchObject({ ok: true });
  (bundle.weights as Record<string, Float32Array>)["sequential/dense/bias"][0] = 1;
  expect(bundle.verify().ok).toBe(false);
});
