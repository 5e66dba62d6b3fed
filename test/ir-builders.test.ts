import { describe, expect, test } from "vitest";
import { Input, layers, Model, Sequential, toSpec } from "../src/builders.ts";
import { build, constructionDraws } from "../src/ir/build.ts";
import { modelWeights } from "../src/ir/model.ts";
import { pythonRandom } from "../src/ir/random/python-random.ts";

const weights = (model: Parameters<typeof toSpec>[0]): string[] =>
  modelWeights(build(toSpec(model).spec)).map(({ weight }) => `${weight.path} ${weight.shape.join("x")}`);

describe("builders", () => {
  test("a Sequential is named as in Keras's first session", () => {
    const model = Sequential([
      Input({ shape: [28, 28] }),
      layers.Flatten(),
      layers.Dense({ units: 30, activation: "relu" }),
      layers.Dropout({ rate: 0.5 }),
      layers.Dense({ units: 10 }),
    ]);
    expect(weights(model)).toEqual([
      "sequential/dense/kernel 784x30",
      "sequential/dense/bias 30",
      "sequential/dense_1/kernel 30x10",
      "sequential/dense_1/bias 10",
    ]);
  });

  test("seeds are drawn in the order in which layers are made", () => {
    const last = layers.Dense({ units: 1 });
    const first = layers.Dense({ units: 4 });
    const { spec, seed } = toSpec(
      Sequential([Input({ shape: [3] }), first, layers.Dropout({ rate: 0.1 }), last], { seed: 42 }),
    );
    expect(seed).toBe(42);
    const random = pythonRandom(42);
    const [a, b, c] = [1, 2, 3].map(() => random.randint(1, 1e9));
    expect(spec.layers.map((layer) => [layer.name, layer.draws])).toEqual([
      ["input_layer", []],
      ["dense_1", [b]],
      ["dropout", [c]],
      ["dense", [a]],
    ]);
    expect(modelWeights(build(spec)).map(({ weight }) => weight.seed)).toEqual([b, undefined, a, undefined]);
  });

  test("a functional model with a shared layer inside a nested model", () => {
    const both = layers.Dense({ units: 4, name: "both" });
    const inner = Sequential([Input({ shape: [4] }), both], { name: "inner" });
    const x = Input({ shape: [4], name: "x" });
    const model = Model({ inputs: x, outputs: layers.Add()([both(inner(x)), x]), name: "outer" });
    expect(weights(model)).toEqual(["inner/both/kernel 4x4", "inner/both/bias 4"]);
  });

  test("several outputs of a nested model", () => {
    const i = Input({ shape: [4] });
    const inner = Model({
      inputs: i,
      outputs: [layers.Dense({ units: 2 })(i), layers.Dense({ units: 3 })(i)],
    });
    const x = Input({ shape: [4] });
    const [left, right] = inner(x);
    const model = Model({ inputs: [x], outputs: { cat: layers.Concatenate()([left, right]) } });
    const built = build(toSpec(model).spec);
    expect(built.name).toBe("functional_1");
    expect(built.layers.map((layer) => layer.name)).toEqual(["input_layer_1", "functional", "concatenate"]);
    expect(built.outputs).toMatchObject({ cat: { shape: [null, 5] } });
  });

  test("the shape may stand on the first layer", () => {
    expect(weights(Sequential([layers.Dense({ units: 2, input_shape: [3] })]))[0]).toBe(
      "sequential/dense/kernel 3x2",
    );
    expect(build(toSpec(Sequential([layers.Dense({ units: 2 })])).spec).built).toBe(false);
  });

  test("two models do not count each other's layers", () => {
    const make = () => Sequential([Input({ shape: [2] }), layers.Dense({ units: 1 })]);
    expect(weights(make())).toEqual(weights(make()));
  });

  test("options are typed", () => {
    // @ts-expect-error -- misspelt
    const wrong = layers.Dense({ unit: 3 });
    // @ts-expect-error -- of another type
    const other = layers.Dense({ units: "3" });
    expect(() => build(toSpec(Sequential([Input({ shape: [2] }), wrong, other])).spec)).toThrow(
      /Did you mean units\?/,
    );
  });
});

describe("constructionDraws", () => {
  test.each([
    ["Dense", { units: 3 }, 1],
    ["Dense", { units: 3, bias_initializer: "he_normal" }, 2],
    ["Dense", { units: 3, kernel_initializer: { class_name: "HeNormal", config: { seed: 3 } } }, 0],
    ["Dropout", { rate: 0.5 }, 1],
    ["Dropout", { rate: 0 }, 0],
    ["Dropout", { rate: 0.5, seed: 3 }, 0],
    ["BatchNormalization", {}, 0],
    ["Flatten", {}, 0],
    ["Dense", {}, 0],
    ["Nothing", {}, 0],
  ])("%s %j draws %i", (name, config, count) => expect(constructionDraws(name, config)).toBe(count));
});
