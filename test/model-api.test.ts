import { describe, expect, test } from "vitest";
import { build } from "../src/ir/build.ts";
import { Input, layers, Model, ModelError, Sequential } from "../src/index.ts";
import { parseKerasJson } from "../src/parser/keras-json.ts";

const x = [
  [1, 2, 3],
  [4, 5, 6],
];
const y = [
  [0, 1],
  [1, 0],
];
const small = (optimizer: unknown = "adam"): ReturnType<typeof Sequential> => {
  const model = Sequential([Input({ shape: [3] }), layers.Dense({ units: 2, name: "out" })], { seed: 1 });
  model.compile({ optimizer, loss: "mse" });
  return model;
};

describe("names of outputs in compile", () => {
  const settings = [
    { metrics: { foo: ["mae"] } },
    { weighted_metrics: { foo: "mae" } },
    { loss: { foo: "mse" } },
    { loss: { out: "mse", foo: "mse" } },
    { loss_weights: { foo: 2 } },
  ];
  test.each(settings.map((s) => [JSON.stringify(s), s] as const))("%s is refused", (_name, setting) => {
    const compile = (): void => small().compile({ loss: "mse", ...setting });
    expect(compile).toThrow(ModelError);
    expect(compile).toThrow(/keys out.*foo/);
  });
  test("the layer's own name is taken, before the model is built, too", () => {
    for (const stack of [
      [Input({ shape: [3] }), layers.Dense({ units: 2, name: "out" })],
      [layers.Dense({ units: 2, name: "out" })],
    ]) {
      const model = Sequential(stack, { seed: 1 });
      model.compile({
        loss: { out: "mse" },
        metrics: { out: ["mae"] },
        loss_weights: { out: 2 },
        optimizer: "sgd",
      });
      expect(Object.keys(model.trainOnBatch(x, y, { return_dict: true }))).toEqual(["loss", "mae"]);
    }
  });
});

describe("rows given as typed arrays", () => {
  const rows = x.map((row) => Float32Array.from(row));
  test("are the samples that nested arrays are", () => {
    const model = small();
    expect(model.predict(rows)).toEqual(model.predict(x));
    expect(model.predict(rows.slice(0, 1))).toEqual(model.predict(x.slice(0, 1)));
    expect(
      model.evaluate(
        rows,
        y.map((row) => Float32Array.from(row)),
      ),
    ).toBe(model.evaluate(x, y));
    expect(model.evaluate(rows.slice(0, 1), [Float32Array.from(y[0])])).toBe(model.evaluate([x[0]], [y[0]]));
  });
  test("of different lengths are refused", () => {
    expect(() => small().predict([rows[0], new Float32Array(2)])).toThrow(/different lengths.*3 elements.*2/);
  });
  test("a list of one typed array is still the list of one input", () => {
    const model = Sequential([Input({ shape: [1] }), layers.Dense({ units: 1 })], { seed: 1 });
    expect(model.predict([Float32Array.of(1, 2, 3)]).shape).toEqual([3, 1]);
  });
});

describe("outputs that need data which no input brings", () => {
  const a = Input({ shape: [3], name: "a" });
  const b = Input({ shape: [3], name: "b" });
  const dense = layers.Dense({ units: 2 });
  test.each([
    ["another input alone", a, dense(b), /dense.*not connected.*alone|computed from a/],
    ["another input, too", a, layers.Add({ name: "sum" })([a, b]), /"sum" of model.*not connected/],
    ["another input in one of two outputs", a, [dense(a), dense(b)], /not connected/],
  ])("are refused when the model is made: %s", (_name, inputs, outputs, message) => {
    expect(() => Model({ inputs, outputs })).toThrow(message);
  });
  test("an input that nothing uses is allowed", () => {
    expect(Model({ inputs: [a, b], outputs: dense(a) }).inputs).toEqual(["a", "b"]);
  });
  test("a model from the middle of another is refused by name", () => {
    const inner = layers.Dense({ units: 4 })(a);
    const make = (): unknown => Model({ inputs: inner, outputs: layers.Dense({ units: 1 })(inner) });
    expect(make).toThrow(/begin at the output of a layer.*the output of a Dense/);
  });
  test("are refused when a config is read", () => {
    const layer = (name: string): object => ({
      class_name: "InputLayer",
      name,
      config: { name, batch_shape: [null, 3] },
      inbound_nodes: [],
    });
    const config = {
      name: "m",
      layers: [layer("a"), layer("b")],
      input_layers: [["a", 0, 0]],
      output_layers: [["b", 0, 0]],
    };
    const spec = parseKerasJson(JSON.stringify({ class_name: "Functional", config }));
    expect(() => build(spec)).toThrow(/"b" of model "m" is not connected/);
  });
});

describe("model.optimizer", () => {
  test("lists its slots from the first step on, as Keras does", () => {
    const model = small();
    const names = (): string[] => model.optimizer!.variables.map(({ path }) => path);
    expect(names()).toEqual(["adam/iteration", "adam/learning_rate"]);
    model.trainOnBatch(x, y);
    expect(names()).toHaveLength(6);
    model.compile({ optimizer: "adam", loss: "mse" });
    expect(names()).toHaveLength(2);
  });
  test("takes a new learning rate for the next step", async () => {
    const model = small({ class_name: "SGD", config: { learning_rate: 0.5 } });
    const before = model.getWeights();
    model.optimizer!.learning_rate = 0;
    await model.fit(x, y);
    expect(model.getWeights()).toEqual(before);
    model.optimizer!.learning_rate = 1e-4;
    expect(model.optimizer!.learning_rate).toBe(Math.fround(1e-4));
    expect(model.optimizer!.config.learning_rate).toBe(Math.fround(1e-4));
    expect(model.optimizer!.variables[1].data[0]).toBe(Math.fround(1e-4));
    const gradient = model.gradients(x, y)[1].data;
    model.trainOnBatch(x, y);
    const [was, is] = [before[1].data, model.getWeights()[1].data];
    expect(Number(is[0])).toBeCloseTo(Number(was[0]) - 1e-4 * gradient[0], 7);
  });
});
