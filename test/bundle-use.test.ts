import { describe, expect, test, vi } from "vitest";
import { apart, CASES, filesOf, loadBundle, moduleOf, numbers, TARGETS } from "./bundle-models.ts";

const [lecture, , twoByTwo] = CASES;
const normalised = CASES[1];

/** A flat array as nested ones of a shape. */
function nest(data: ArrayLike<number>, shape: readonly number[]): unknown {
  if (shape.length <= 1) return Array.from(data);
  const row = data.length / shape[0];
  return Array.from({ length: shape[0] }, (_, i) =>
    nest(Array.from(data).slice(i * row, (i + 1) * row), shape.slice(1)),
  );
}

describe.each(TARGETS)("a bundle as %s", (target) => {
  test("takes rows in every form", async () => {
    const bundle = await loadBundle(lecture.fresh(), { target, batch_size: 4 });
    const { shape, data } = lecture.x(9).input_layer;
    const x = data as Float32Array;
    const wanted = bundle.predict(x);
    expect(wanted).toHaveLength(90);
    const rows = Array.from({ length: 9 }, (_, i) => x.subarray(48 * i, 48 * i + 48));
    for (const form of [nest(x, shape), Array.from(x), Float64Array.from(x), rows, { input_layer: x }])
      expect(bundle.predict(form)).toEqual(wanted);
    const bytes = Uint8Array.from({ length: 96 }, (_, i) => i);
    expect(bundle.predict(bytes)).toEqual(bundle.predict(Float32Array.from(bytes)));
  });

  test("decodes its weights with whatever the engine has", async () => {
    const load = await moduleOf(filesOf(lecture.fresh(), { target }));
    const decoders = Uint8Array as { fromBase64?: (text: string) => Uint8Array };
    const { fromBase64 } = decoders;
    const calls = vi.fn((text: string) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
    try {
      delete decoders.fromBase64;
      expect((await load()).verify().ok).toBe(true);
      vi.stubGlobal("Buffer", undefined);
      expect((await load()).verify().ok).toBe(true);
      decoders.fromBase64 = calls;
      expect((await load()).verify().ok).toBe(true);
      expect(calls).toHaveBeenCalled();
    } finally {
      vi.unstubAllGlobals();
      if (fromBase64) decoders.fromBase64 = fromBase64;
      else delete decoders.fromBase64;
    }
  });

  test("gives results that later calls leave alone", async () => {
    const bundle = await loadBundle(lecture.fresh(), { target });
    const x = numbers(lecture.x(2)).input_layer;
    const first = bundle.predict(x) as Float32Array;
    const kept = first.slice();
    bundle.predict(x.map((v) => v + 1));
    expect(first).toEqual(kept);
  });

  test("says what is wrong with data", async () => {
    const one = await loadBundle(lecture.fresh(), { target });
    const two = await loadBundle(twoByTwo.fresh(), { target });
    const { left, right } = numbers(twoByTwo.x(2));
    const wrong: [() => unknown, RegExp][] = [
      [
        () => one.predict(new Float32Array(47)),
        /input_layer: expected rows of 48 numbers, shape \(8,6\), received 47\./,
      ],
      [() => one.predict(new Float32Array(0)), /expected rows of 48 numbers, shape \(8,6\), received 0\./],
      [
        () => one.predict(nest(new Float32Array(48), [8, 6])),
        /expected rows of 48 numbers, shape \(8,6\), received 8 of shape \(6\)\./,
      ],
      [
        () => one.predict(nest(new Float32Array(96), [2, 6, 8])),
        /expected rows of 48 numbers, shape \(8,6\), received 2 of shape \(6,8\)\./,
      ],
      [() => one.predict([[1, 2], [3]]), /input_layer: rows of 2 and of 1 numbers/],
      [() => one.predict([[1, "2"]]), /expected a typed array or nested arrays, received (string|number)/],
      [() => one.predict("x"), /expected a typed array or nested arrays, received string/],
      [() => one.predict(undefined), /Input input_layer is missing/],
      [() => one.predict(null), /received object/],
      [() => one.predict({ input: left }), /Input input_layer is missing/],
      [() => one.predict(new DataView(new ArrayBuffer(48))), /expected rows of 48 numbers/],
      [() => two.predict(left), /expected a record with left, right/],
      [() => two.predict({ left }), /Input right is missing/],
      [() => two.predict({ left, right: right.subarray(9) }), /Input right: expected 2 rows, received 1/],
    ];
    for (const [act, message] of wrong) expect(act).toThrow(message);
  });

  test("verify feels every weight: 1 % of one, and one that is no number", async () => {
    for (const { fresh } of [lecture, normalised, twoByTwo]) {
      const bundle = await loadBundle(fresh(), { target });
      for (const [path, values] of Object.entries(bundle.weights)) {
        for (const at of [0, values.length - 1]) {
          const kept = values[at];
          values[at] = kept === 0 ? 0.01 : kept * 1.01;
          expect(bundle.verify().ok, path).toBe(false);
          values[at] = NaN;
          const { ok, maxError } = bundle.verify();
          expect(ok, path).toBe(false);
          expect(maxError === 0).toBe(false);
          values[at] = kept;
        }
      }
      expect(bundle.verify().ok).toBe(true);
    }
  });

  test("verify holds where weights were no numbers when it was compiled, and the reference's outputs are none", async () => {
    const model = lecture.fresh();
    model.weights[5].data[3] = NaN;
    const { ok, maxError } = (await loadBundle(model, { target })).verify();
    expect([ok, maxError]).toEqual([true, 0]);
  });

  test("verify compares with outputs that were expected from elsewhere", async () => {
    const model = lecture.fresh();
    const golden = (size: number): Float32Array =>
      Float32Array.from({ length: size }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 8) / 16777216);
    const x = { shape: [2, 8, 6], dtype: "float32" as const, data: golden(96) };
    const { data } = model.predict(x) as { data: Float32Array };
    const expected = { shape: [2, 10], dtype: "float32" as const, data };
    expect((await loadBundle(model, { target, expected })).verify().ok).toBe(true);
    const off = { ...expected, data: data.map((v, i) => (i === 13 ? v + 1e-4 : v)) };
    const { ok, maxError } = (await loadBundle(model, { target, expected: off })).verify();
    expect(ok).toBe(false);
    expect(maxError).toBeCloseTo(1e-4, 6);
    const short = { shape: [19], dtype: "float32" as const, data: data.subarray(0, 19) };
    expect(() => filesOf(model, { target, expected: short })).toThrow(/do not fit the output dense_2/);
  });

  test("computes with weights that were set", async () => {
    const bundle = await loadBundle(lecture.fresh(), { target });
    for (const values of Object.values(bundle.weights)) values.fill(0);
    const y = bundle.predict(numbers(lecture.x(2)).input_layer) as Float32Array;
    expect(apart(y, new Float32Array(20).fill(0.1))).toBeLessThan(1e-6);
  });

  test("two loads of one module have their own weights", async () => {
    const load = await moduleOf(filesOf(lecture.fresh(), { target }));
    const [a, b] = [await load(), await load()];
    a.weights["lecture/dense_2/bias"].fill(3);
    expect(a.verify().ok).toBe(false);
    expect(b.verify().ok).toBe(true);
  });
});

test("a bundle that may fuse multiplication and addition runs on engines without that, too", async () => {
  const load = await moduleOf(filesOf(lecture.fresh(), { target: "wasm", deterministic: false }));
  expect((await load()).verify().ok).toBe(true);
  const validate = vi.spyOn(WebAssembly, "validate").mockReturnValue(false);
  try {
    expect((await load()).verify().ok).toBe(true);
    expect(validate).toHaveBeenCalledOnce();
  } finally {
    validate.mockRestore();
  }
});
