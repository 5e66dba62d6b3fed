import { describe, expect, test } from "vitest";
import {
  apart,
  CASES,
  filesOf,
  loadBundle,
  moduleOf,
  numbers,
  predicted,
  predictedBy,
  TARGETS,
  textOf,
} from "./bundle-models.ts";

const LIMIT = 2e-6;

describe.each(CASES)("$name", ({ fresh, x }) => {
  const wanted = new Map([1, 3, 33].map((rows) => [rows, predicted(fresh(), x(rows))]));

  describe.each(TARGETS)("as %s", (target) => {
    test.each([false, true])("predicts what the reference predicts (training: %s)", async (training) => {
      const model = fresh();
      const files = filesOf(model, { target, training, batch_size: 16 });
      for (const name of files.keys())
        expect(textOf(files, name)).not.toMatch(/\bimport\b|\beval\b|\bFunction\b|\brequire\b|globalThis/);
      const bundle = await (await moduleOf(files))();
      for (const [rows, outputs] of wanted) {
        const found = predictedBy(bundle, model, numbers(x(rows)));
        expect(Object.keys(found)).toEqual(model.outputs);
        for (const name of model.outputs) expect(apart(found[name], outputs[name])).toBeLessThan(LIMIT);
      }
      expect(Object.keys(bundle.weights)).toEqual(model.weights.map((w) => w.path));
      expect(bundle.verify()).toMatchObject({ ok: true });
    });

    test("computes the same a row at a time", async () => {
      const model = fresh();
      const bundle = await loadBundle(model, { target, batch_size: 1 });
      const found = predictedBy(bundle, model, numbers(x(33)));
      for (const name of model.outputs) expect(apart(found[name], wanted.get(33)![name])).toBeLessThan(LIMIT);
    });

    test("takes its weights from a file beside it", async () => {
      const model = fresh();
      const files = filesOf(model, { target, weights: "file" });
      const load = await moduleOf(files);
      const bytes = files.get("m.weights.bin")!;
      const bundle = await load(bytes);
      expect(bundle.verify().ok).toBe(true);
      const found = predictedBy(bundle, model, numbers(x(3)));
      for (const name of model.outputs) expect(apart(found[name], wanted.get(3)![name])).toBeLessThan(LIMIT);
      await expect(load()).rejects.toThrow(/needs the bytes of the weights file/);
      await expect(load(bytes.subarray(1))).rejects.toThrow(/have \d+ bytes, expected \d+/);
      await expect(load("m.weights.bin")).rejects.toThrow(/needs the bytes/);
    });

    test("without weights starts from zeros, and is whole once they are set", async () => {
      const model = fresh();
      const load = await moduleOf(filesOf(model, { target, weights: "none", training: true }));
      const bundle = await load();
      for (const values of Object.values(bundle.weights)) expect(values.every((v) => v === 0)).toBe(true);
      expect(bundle.verify().ok).toBe(false);
      for (const { path, data } of model.weights) bundle.weights[path].set(data);
      expect(bundle.verify().ok).toBe(true);
      const rate = Object.entries(bundle.optimizer).find(([path]) => path.endsWith("/learning_rate"))!;
      expect(rate[1][0]).toBeCloseTo(0.01, 7);
    });

    test("is the same bytes twice", () => {
      const options = { target, training: true };
      expect(filesOf(fresh(), options)).toEqual(filesOf(fresh(), options));
    });
  });
});
