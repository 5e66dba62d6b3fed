import { describe, expect, test } from "vitest";
import { loadModel, ModelError } from "../src/node/index.ts";

const json = (constraint: unknown, keras_version?: string): string =>
  JSON.stringify({
    class_name: "Sequential",
    ...(keras_version && { keras_version, backend: "tensorflow" }),
    config: {
      name: "s",
      layers: [
        {
          class_name: "Dense",
          config: { name: "d", units: 2, batch_input_shape: [null, 3], kernel_constraint: constraint },
        },
      ],
    },
  });
const kernelOf = async (source: string): Promise<unknown> => {
  const model = await loadModel(source);
  return model.getLayer("d").config.kernel_constraint;
};
const max = (max_value: number, axis: unknown = 0): object => ({
  class_name: "MaxNorm",
  config: { max_value, axis },
});

describe("every spelling of a constraint", () => {
  const named: readonly [string, object][] = [
    ["MaxNorm", max(2)],
    ["max_norm", max(2)],
    ["maxnorm", max(2)],
    ["NonNeg", { class_name: "NonNeg", config: {} }],
    ["non_neg", { class_name: "NonNeg", config: {} }],
    ["nonneg", { class_name: "NonNeg", config: {} }],
    ["UnitNorm", { class_name: "UnitNorm", config: { axis: 0 } }],
    ["unit_norm", { class_name: "UnitNorm", config: { axis: 0 } }],
    ["unitnorm", { class_name: "UnitNorm", config: { axis: 0 } }],
    ["MinMaxNorm", { class_name: "MinMaxNorm", config: { min_value: 0, max_value: 1, rate: 1, axis: 0 } }],
    ["min_max_norm", { class_name: "MinMaxNorm", config: { min_value: 0, max_value: 1, rate: 1, axis: 0 } }],
  ];
  test.each(named)("by its name %s", async (name, meant) => {
    expect(await kernelOf(json(name))).toEqual(meant);
  });
  test("as Keras 3 saves it", async () => {
    const saved = {
      module: "keras.constraints",
      class_name: "MaxNorm",
      config: { max_value: 3, axis: [0, 1] },
      registered_name: null,
    };
    expect(await kernelOf(json(saved))).toEqual(max(3, [0, 1]));
  });
  test("as Keras 2 saves it", async () => {
    expect(
      await kernelOf(json({ class_name: "MaxNorm", config: { max_value: 3, axis: 0 } }, "2.3.1")),
    ).toEqual(max(3));
  });
  test("as Keras 1 saves it", async () => {
    const source = JSON.parse(json(null, "1.2.2"));
    const old = {
      name: "d",
      output_dim: 2,
      batch_input_shape: [null, 3],
      W_constraint: { name: "MaxNorm", m: 4, axis: 0 },
    };
    source.config = [{ class_name: "Dense", config: old }];
    expect(await kernelOf(JSON.stringify(source))).toEqual(max(4));
  });
  test("in a snippet", async () => {
    const head = "import keras\nfrom keras.constraints import MaxNorm, max_norm\n";
    const dense = (say: string): string =>
      `${head}m = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, kernel_constraint=${say}, name="d")])\n`;
    expect(await kernelOf(dense("MaxNorm(3)"))).toEqual(max(3));
    expect(await kernelOf(dense("max_norm(max_value=3.0, axis=1)"))).toEqual(max(3, 1));
    expect(await kernelOf(dense("'max_norm'"))).toEqual(max(2));
    expect(await kernelOf(dense("None"))).toBeNull();
  });
});

test("a constraint that is unknown is refused by name", async () => {
  await expect(loadModel(json("radial_constraint"))).rejects.toThrowError(ModelError);
  await expect(loadModel(json("max_nrom"))).rejects.toThrowError(/max_norm/);
  await expect(loadModel(json({ class_name: "MaxNorm", config: { maximum: 1 } }))).rejects.toThrowError(
    /MaxNorm/,
  );
});

test("a norm along an axis that the weight lacks is refused before a step", async () => {
  const model = await loadModel(json(max(1, 2)));
  model.compile({ optimizer: "sgd", loss: "mse" });
  expect(() => model.trainOnBatch([[1, 2, 3]], [[1, 2]])).toThrowError(/axes of a weight of 2 dimensions/);
});

test("constraints come back from files and from Python source", async () => {
  const model = await loadModel(json({ class_name: "MinMaxNorm", config: { min_value: 0.1, rate: 0.5 } }));
  const meant = { class_name: "MinMaxNorm", config: { min_value: 0.1, max_value: 1, rate: 0.5, axis: 0 } };
  for (const format of ["keras", "h5", "json"] as const)
    expect((await loadModel(await model.toBytes(format))).getLayer("d").config.kernel_constraint).toEqual(
      meant,
    );
  const source = new TextDecoder().decode(await model.toBytes("py"));
  expect(source).toContain("keras.constraints.MinMaxNorm(min_value=0.1, rate=0.5)");
  expect(await kernelOf(source)).toEqual(meant);
});

test("a Sequential within a TimeDistributed is read from a snippet and from the source that is written of it", async () => {
  const snippet = `import keras
from keras import layers
part = keras.Sequential([layers.Conv1D(3, 2), layers.Flatten(), layers.Dense(2)])
m = keras.Sequential([keras.Input((4, 5, 2)), layers.TimeDistributed(part)])
`;
  const model = await loadModel(snippet, { seed: 3 });
  expect(model.countParams()).toBe(2 * 2 * 3 + 3 + 12 * 2 + 2);
  const again = await loadModel(new TextDecoder().decode(await model.toBytes("py")));
  again.setWeights(model.getWeights());
  const x = {
    shape: [2, 4, 5, 2],
    dtype: "float32" as const,
    data: Float32Array.from({ length: 80 }, (_, k) => Math.sin(k)),
  };
  expect(again.predict(x)).toEqual(model.predict(x));
});
