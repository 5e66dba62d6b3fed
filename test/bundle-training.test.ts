import { describe, expect, test } from "vitest";
import { apart, CASES, loadBundle, numbers, OPTIMIZERS, TARGETS } from "./bundle-models.ts";

const ROWS = 16;
const STEPS = 10;

const first = (loss: number | number[] | Record<string, number>): number => (loss as number[])[0] ?? loss;

describe.each(CASES)("$name", ({ fresh, x, y }) => {
  const [inputs, labels] = [x(ROWS), y(ROWS)];
  const answer = (optimizer: unknown) => {
    const model = fresh(optimizer);
    // of a model of its own: dropout draws for gradients, too
    const gradients = fresh(optimizer).gradients(inputs, labels);
    const losses = Array.from({ length: STEPS }, () => first(model.trainOnBatch(inputs, labels)));
    return { model, gradients, losses };
  };

  describe.each(OPTIMIZERS)("with $class_name $config", (optimizer) => {
    const { model: trained, gradients, losses } = answer(optimizer);

    test.each(TARGETS)("trains as the library does, as %s", async (target) => {
      const model = fresh(optimizer);
      const bundle = await loadBundle(model, { target, training: true });
      // a model lists its slots from the first step on, a bundle has them from the start
      expect(Object.keys(bundle.optimizer)).toEqual(trained.optimizer!.variables.map((v) => v.path));
      const before = new Map(model.optimizer!.variables.map((v) => [v.path, [...v.data]]));
      for (const [path, data] of Object.entries(bundle.optimizer))
        expect([...data], path).toEqual(before.get(path) ?? [...data].fill(0));

      const step = (): number => bundle.trainStep(numbers(inputs), numbers(labels));
      const found = [step()];
      expect(Object.keys(bundle.gradients)).toEqual(gradients.map((g) => g.path));
      const scale = Math.max(...gradients.map((g) => g.data.reduce((m, v) => Math.max(m, Math.abs(v)), 0)));
      for (const { path, data } of gradients)
        data.forEach((v, i) => expect(Math.abs(bundle.gradients[path][i] - v)).toBeLessThan(1e-5 * scale));

      for (let k = 1; k < STEPS; k++) found.push(step());
      found.forEach((loss, k) =>
        expect(Math.abs(loss - losses[k]), `step ${k}`).toBeLessThan(1e-5 * Math.max(1, Math.abs(losses[k]))),
      );
      for (const { path, data } of trained.weights)
        expect(apart(bundle.weights[path], data), path).toBeLessThan(1e-4);
      expect(bundle.verify().ok).toBe(false);
    });
  });
});

describe.each(TARGETS)("training as %s", (target) => {
  const [lecture, , twoByTwo] = CASES;
  const adam = { class_name: "Adam", config: { learning_rate: 0.01 } };

  test("continues the optimizer of a model that was trained", async () => {
    const model = lecture.fresh(adam);
    const [x, y] = [lecture.x(8), lecture.y(8)];
    for (let k = 0; k < 3; k++) model.trainOnBatch(x, y);
    const bundle = await loadBundle(model, { target, training: true });
    expect(bundle.optimizer["adam/iteration"][0]).toBe(3);
    for (let k = 0; k < 3; k++) {
      const wanted = first(model.trainOnBatch(x, y));
      expect(Math.abs(bundle.trainStep(numbers(x), numbers(y)) - wanted)).toBeLessThan(1e-5);
    }
  });

  test.each(["rmsprop", "adagrad", "nadam", "ftrl"])("%s begins and continues", async (optimizer) => {
    const model = lecture.fresh(optimizer);
    const [x, y] = [lecture.x(8), lecture.y(8)];
    for (let part = 0; part < 2; part++) {
      const bundle = await loadBundle(model, { target, training: true });
      for (let k = 0; k < 3; k++) {
        const wanted = first(model.trainOnBatch(x, y));
        expect(Math.abs(bundle.trainStep(numbers(x), numbers(y)) - wanted)).toBeLessThan(1e-5);
      }
      for (const { path, data } of model.optimizer!.variables)
        expect(apart(bundle.optimizer[path], data), path).toBeLessThan(1e-5);
    }
  });

  test("predicts with the weights that a step left", async () => {
    const model = lecture.fresh(adam);
    const bundle = await loadBundle(model, { target, training: true });
    const [x, y] = [lecture.x(5), lecture.y(5)];
    const before = (bundle.predict(numbers(x)) as Float32Array).slice();
    bundle.trainStep(numbers(x), numbers(y));
    const after = bundle.predict(numbers(x)) as Float32Array;
    expect(apart(after, before)).toBeGreaterThan(1e-4);
    model.trainOnBatch(x, y);
    const wanted = (model.predict(x) as { data: Float32Array }).data;
    expect(apart(after, wanted)).toBeLessThan(1e-5);
  });

  test("a learning rate that is set is used", async () => {
    const bundle = await loadBundle(lecture.fresh("sgd"), { target, training: true });
    bundle.optimizer["sgd/learning_rate"][0] = 0;
    bundle.trainStep(numbers(lecture.x(4)), numbers(lecture.y(4)));
    expect(bundle.verify().ok).toBe(true);
  });

  test("refuses what it cannot train on, and nothing has changed", async () => {
    const bundle = await loadBundle(lecture.fresh("sgd"), { target, training: true, batch_size: 8 });
    const [x, y] = [
      numbers(lecture.x(8)).input_layer,
      Float32Array.from(lecture.y(8).dense_2.data as Int32Array),
    ];
    const changed = (at: number, value: number): Float32Array => y.map((v, i) => (i === at ? value : v));
    expect(() => bundle.trainStep(numbers(lecture.x(9)), numbers(lecture.y(9)))).toThrow(
      /at most 8 rows .*received 9/,
    );
    expect(() => bundle.trainStep(x, undefined)).toThrow(/Labels of dense_2 is missing/);
    expect(() => bundle.trainStep({ input_layer: x }, {})).toThrow(/Labels of dense_2 is missing/);
    expect(() => bundle.trainStep(x, y.subarray(1))).toThrow(/x has 8 rows and y 7/);
    for (const value of [NaN, -1, 10, 1.5])
      expect(() => bundle.trainStep(x, changed(5, value))).toThrow(
        `Labels of dense_2: expected whole numbers from 0 to 9, received ${value}.`,
      );
    expect(bundle.verify().ok).toBe(true);
    expect(bundle.optimizer["sgd/iteration"][0]).toBe(0);
  });

  test("refuses labels of several outputs that are incomplete or no numbers", async () => {
    const bundle = await loadBundle(twoByTwo.fresh("sgd"), { target, training: true });
    const [x, y] = [numbers(twoByTwo.x(4)), numbers(twoByTwo.y(4))];
    expect(() => bundle.trainStep(x, y.kind)).toThrow(/Labels of: expected a record with/);
    expect(() => bundle.trainStep(x, { kind: y.kind })).toThrow(/Labels of price is missing/);
    expect(() => bundle.trainStep(x, { ...y, price: [1, NaN, 2, 3] })).toThrow(
      /Labels of price: expected numbers, received NaN/,
    );
    expect(bundle.trainStep(x, y)).toBeGreaterThan(0);
  });

  test("two loads of one module do not disturb each other", async () => {
    const [a, b] = await Promise.all(
      [1, 2].map(() => loadBundle(lecture.fresh("sgd"), { target, training: true })),
    );
    const [x, y] = [numbers(lecture.x(4)), numbers(lecture.y(4))];
    const losses = [1, 2, 3].map(() => a.trainStep(x, y));
    expect(b.verify().ok).toBe(true);
    expect([1, 2, 3].map(() => b.trainStep(x, y))).toEqual(losses);
  });
});
