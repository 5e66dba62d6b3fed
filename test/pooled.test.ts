import { describe, expect, test } from "vitest";
import { build } from "../src/ir/build.ts";
import { parsePython } from "../src/parser/python/index.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import { createModel, type Model } from "../src/runtime/model.ts";
import { profile } from "../src/bench.ts";
import { wasmSession } from "../src/runtime/wasm-session.ts";
import { scriptSession } from "./script-session.ts";

const ENGINES = {
  "WebAssembly, F(2×2)": () => wasmSession(),
  "WebAssembly, F(4×4)": () => wasmSession({ winograd: 4 }),
  "WebAssembly, nine taps": () => wasmSession({ winograd: 0 }),
  TypeScript: () => scriptSession(),
};

/** Input shape and layers; whether pooling is done in the convolution's kernel. */
const NETS: Readonly<Record<string, readonly [number[], string, boolean]>> = {
  "few channels": [[9, 11, 3], "L.Conv2D(8, 3, activation='relu'), L.MaxPooling2D()", true],
  "many channels, odd sizes": [[13, 17, 9], "L.Conv2D(17, 3, activation='relu'), L.MaxPooling2D()", true],
  "mean, 'same' before": [[10, 12, 8], "L.Conv2D(8, 3, padding='same'), L.AveragePooling2D((2, 3))", true],
  "a costly activation": [[8, 8, 8], "L.Conv2D(8, 3, activation='tanh'), L.MaxPooling2D(3)", true],
  "a folded normalisation": [
    [8, 8, 8],
    "L.Conv2D(8, 3, use_bias=False), L.BatchNormalization(), L.ReLU(), L.MaxPooling2D()",
    true,
  ],
  "windows over one another": [[9, 9, 4], "L.Conv2D(8, 3), L.MaxPooling2D(3, strides=2)", true],
  "strides before, windows apart": [
    [17, 15, 4],
    "L.Conv2D(8, 3, strides=2), L.MaxPooling2D(2, strides=3)",
    true,
  ],
  "one dimension": [[31, 5], "L.Conv1D(7, 4, activation='relu'), L.MaxPooling1D(3)", true],
  depthwise: [[9, 9, 6], "L.DepthwiseConv2D(3, activation='relu'), L.MaxPooling2D()", true],
  "a dense layer": [[12, 6], "L.Dense(5, activation='relu'), L.AveragePooling1D(4)", true],
  "pooled into the next one's padding": [
    [12, 12, 3],
    "L.Conv2D(8, 3, activation='relu'), L.MaxPooling2D(), L.Conv2D(8, 3, padding='same'), L.MaxPooling2D()",
    true,
  ],
  "a border around": [[9, 9, 4], "L.Conv2D(8, 3), L.MaxPooling2D(2, padding='same')", false],
};

function modelOf([shape, layers]: (typeof NETS)[string], session: ReturnType<typeof wasmSession>): Model {
  const source = `import keras\nfrom keras import layers as L\nkeras.utils.set_random_seed(7)\nm = keras.Sequential([keras.Input((${shape.join(", ")},)), ${layers}])`;
  return createModel({ ir: build(parsePython(source).spec), session });
}

const rows = (count: number, shape: readonly number[]) => {
  const size = shape.reduce((a, b) => a * b, count);
  const data = Float32Array.from({ length: size }, (_, k) => Math.sin(k * 1.7) + Math.cos(k * 0.31));
  return { shape: [count, ...shape], dtype: "float32" as const, data };
};
const resultOf = (model: Model, x: ReturnType<typeof rows>): Float32Array =>
  (model.predict(x) as { data: Float32Array }).data;

describe.each(Object.entries(ENGINES))("pooling behind a product: %s", (_engine, session) => {
  test.each(Object.entries(NETS))("%s", (_name, net) => {
    const [model, plain] = [modelOf(net, session()), modelOf(net, interpretSession())];
    for (const count of [1, 3, 5]) {
      const x = rows(count, net[0]);
      const [got, wanted] = [resultOf(model, x), resultOf(plain, x)];
      expect(got.length).toBe(wanted.length);
      const worst = wanted.reduce((w, v, k) => Math.max(w, Math.abs(v - got[k])), 0);
      expect(worst).toBeLessThan(2e-5);
    }
  });
});

test.each(Object.entries(NETS))("one kernel, one sample at a time: %s", (_name, net) => {
  const { kernels } = profile(modelOf(net, wasmSession()), { batch: 4, training: false, seconds: 0.01 });
  const alone = kernels.filter(({ name }) => /pooling/.test(name));
  expect(alone.length === 0).toBe(net[2]);
});
