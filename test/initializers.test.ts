import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ModelError } from "../src/diagnostics.ts";
import { chooseInitializer, drawInitial, initializerTable } from "../src/ir/draw-initial.ts";
import { initializers } from "../src/ir/initializers/index.ts";

interface Initial {
  readonly class_name: string;
  readonly config: Record<string, unknown>;
  readonly written: Record<string, unknown>;
  readonly shape: readonly number[];
  readonly values?: readonly number[];
  readonly sha256?: string;
}
interface Keras {
  readonly names: Record<string, string>;
  readonly initial: readonly Initial[];
}

const keras = JSON.parse(readFileSync("fixtures/random/initializers.json", "utf8")) as Keras;
const sha256 = (x: Float32Array): string =>
  createHash("sha256").update(new Uint8Array(x.buffer)).digest("hex");

/** What may differ from Keras, relative to the largest value: the last bits of sin, cos, log and of a QR in float32. */
const tolerances: Readonly<Record<string, number>> = {
  RandomNormal: 2.5e-7,
  TruncatedNormal: 2.5e-7,
  GlorotNormal: 2.5e-7,
  HeNormal: 2.5e-7,
  LecunNormal: 2.5e-7,
  VarianceScaling: 2.5e-7,
  Orthogonal: 5e-6,
  STFT: 1.5e-6,
};
function tolerance({ class_name, config }: Initial): number {
  return config.distribution === "uniform" ? 0 : (tolerances[class_name] ?? 0);
}

test.each(initializers.map((i) => i.name))("%s starts from Keras's values", (name) => {
  const cases = keras.initial.filter((c) => c.class_name === name);
  expect(cases.length).toBeGreaterThan(0);
  for (const c of cases) {
    const drawn = drawInitial(c, c.shape, 12345);
    if (!c.values) {
      expect(sha256(drawn)).toBe(c.sha256);
      continue;
    }
    expect(drawn.length).toBe(c.values.length);
    const scale = Math.max(...c.values.map(Math.abs), Math.abs(Number(c.config.mean ?? 0)), 1e-30);
    const worst = drawn.reduce((most, v, i) => Math.max(most, Math.abs(v - c.values![i]) / scale), 0);
    expect(worst, JSON.stringify({ ...c, values: undefined })).toBeLessThanOrEqual(tolerance(c));
  }
});

test("a seed in the config goes before the layer's own, which is used where there is none", () => {
  const draw = (config: object, seed: number): Float32Array =>
    drawInitial({ class_name: "HeUniform", config: { ...config } }, [3, 4], seed);
  expect(draw({ seed: 7 }, 1)).toEqual(draw({ seed: 7 }, 2));
  expect(draw({ seed: null }, 7)).toEqual(draw({ seed: 7 }, 1));
  expect(draw({}, 1)).not.toEqual(draw({}, 2));
});

test("takes every name that Keras takes, and no other", () => {
  expect(Object.fromEntries([...initializerTable].map(([id, def]) => [id, def.name]))).toEqual(keras.names);
});

test("has Keras's options and defaults", () => {
  for (const { class_name, config, written } of keras.initial) {
    const fields = chooseInitializer(class_name).def.config;
    // Keras does not write the gain of an identity
    const known = class_name === "Identity" ? ["gain"] : Object.keys(written);
    expect(Object.keys(fields).sort()).toEqual([...known].sort());
    for (const key of Object.keys(written)) {
      if (!(key in config)) expect(fields[key].default).toEqual(written[key]);
    }
  }
});

test("knows which ones draw random numbers", () => {
  const seeded = new Set(keras.initial.filter((c) => "seed" in c.written).map((c) => c.class_name));
  for (const def of initializers) expect(def.random).toBe(seeded.has(def.name));
});

test.each<[string, Record<string, unknown>, number[], string]>([
  ["glorot_unifrom", {}, [2, 2], 'Did you mean "glorot_uniform"?'],
  ["Constant", { value: "a" }, [1], 'Expected: a number or an array. Received: "a"'],
  ["Constant", { valeu: 1 }, [1], "valeu"],
  ["VarianceScaling", { scale: 0 }, [2, 2], "above 0"],
  ["VarianceScaling", { mode: "fan_over" }, [2, 2], "fan_avg"],
  ["VarianceScaling", { distribution: "cauchy" }, [2, 2], "truncated_normal"],
  ["GlorotUniform", { input_axes: [2], output_axes: [0] }, [2, 2], "no axis 2"],
  ["HeNormal", { seed: 1.5 }, [2, 2], "an integer"],
  ["Identity", {}, [2, 2, 2], "rank 2"],
  ["Orthogonal", {}, [2], "(2,)"],
  ["STFT", { side: "left" }, [4, 1, 3], "real"],
  ["STFT", { window: "kaiser" }, [4, 1, 3], "hann"],
  ["STFT", { window: [1, 2] }, [4, 1, 3], "first axis of 2"],
  ["STFT", {}, [4, 2, 3], "second axis of 1"],
  ["STFT", {}, [4, 3], "rank 3"],
])("%s %j of shape %j is refused", (class_name, config, shape, said) => {
  const draw = (): Float32Array => drawInitial({ class_name, config }, shape, 1);
  expect(draw).toThrow(ModelError);
  expect(draw).toThrow(said);
});
