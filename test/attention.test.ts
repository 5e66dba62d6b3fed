import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Input, layers, Model as ModelOf, toSpec } from "../src/builders.ts";
import { spawnHere } from "../src/formats/hdf5.ts";
import { joinWeights } from "../src/formats/join-weights.ts";
import { DEFAULT_LIMITS } from "../src/diagnostics/limits.ts";
import { readModelFile } from "../src/formats/model-file.ts";
import { weightGroups } from "../src/formats/weight-paths.ts";
import { writeWeightsH5, type WeightValues } from "../src/formats/weights-h5.ts";
import { build } from "../src/ir/build.ts";
import type { FloatTensor } from "../src/ir/tensor.ts";
import { loadModel } from "../src/node/index.ts";
import { initialValues } from "../src/ir/draw-initial.ts";
import { type Model, modelWeights } from "../src/ir/model.ts";
import { kerasModel } from "../src/parser/keras-json.ts";
import { kerasConfig } from "../src/parser/keras-json-write.ts";
import { parsePython } from "../src/parser/python/index.ts";

const file = (name: string): Buffer => readFileSync(`fixtures/attention/${name}`);
interface Expected {
  readonly weights: readonly { readonly path: string; readonly sha256: string }[];
  readonly layers: readonly {
    readonly name: string;
    readonly build_config: unknown;
    readonly inbound_nodes: unknown;
  }[];
}
const expected = JSON.parse(String(file("expected.json"))) as Expected;
const snippet = (): Model => build(parsePython(String(file("model.py"))).spec!);
const sha256 = (x: Float32Array): string =>
  createHash("sha256")
    .update(new Uint8Array(x.buffer, x.byteOffset, x.byteLength))
    .digest("hex");
const layersOf = (model: Model): Expected["layers"] =>
  (kerasConfig(model) as { config: { layers: Expected["layers"] } }).config.layers;

describe("a snippet with attention, several outputs and named tensors", () => {
  test("has Keras's weights, drawn when the layer is first called", () => {
    const found = modelWeights(snippet()).map(({ weight }) => ({
      path: weight.path,
      sha256: sha256(initialValues(weight, 0)),
    }));
    expect(found).toEqual(expected.weights);
  });

  test("is written as Keras writes it", () => {
    for (const [k, layer] of layersOf(snippet()).entries()) {
      const { name, build_config, inbound_nodes } = expected.layers[k];
      expect(layer.name).toBe(name);
      expect(layer.inbound_nodes).toEqual(inbound_nodes);
      expect(layer.build_config ?? null).toEqual(build_config);
    }
  });

  test("says the same when it is read again", () => {
    const again = build(kerasModel(kerasConfig(snippet())));
    expect(layersOf(again)).toEqual(layersOf(snippet()));
  });

  test.each(["model.weights.h5", "model.keras"])("takes the weights of %s", async (name) => {
    const model = snippet();
    const { weights, notes } = joinWeights(model, await readModelFile(file(name), DEFAULT_LIMITS, spawnHere));
    expect(notes).toEqual([]);
    for (const { path, sha256: wanted } of expected.weights)
      expect(sha256(weights.get(path)!.data)).toBe(wanted);
  });

  test("is saved under Keras's paths", async () => {
    const model = snippet();
    const values: WeightValues = new Map(
      modelWeights(model).map(({ weight }) => [
        weight.path,
        { shape: weight.shape, data: initialValues(weight, 0) },
      ]),
    );
    const written = await writeWeightsH5({ model, weights: values, keras_version: "3.15.1" }, spawnHere);
    const [ours, theirs] = await Promise.all(
      [written, file("model.weights.h5")].map((bytes) => readModelFile(bytes, DEFAULT_LIMITS, spawnHere)),
    );
    expect(new Map(ours.weights as Map<string, unknown>)).toEqual(
      new Map(theirs.weights as Map<string, unknown>),
    );
    expect(
      weightGroups(model).some((group) => group.path === "layers/multi_head_attention/_gate_dense"),
    ).toBe(true);
  });
});

describe("the same model from the builders", () => {
  const built = (): Model => {
    const x = Input({ shape: [6, 4], name: "x" });
    const m = layers.Masking()(x);
    const [y, scores] = layers.MultiHeadAttention({ num_heads: 2, key_dim: 3, dropout: 0.1, use_gate: true })(
      m,
      { value: m, return_attention_scores: true, use_causal_mask: true },
    );
    const z = layers.MultiHeadAttention({ num_heads: 2, key_dim: 3, output_shape: 5 })(y, {
      value: m,
      key: x,
    });
    const outputs = [layers.Dense({ units: 2 })(z), scores];
    const { spec, seed } = toSpec(ModelOf({ inputs: x, outputs, seed: 7 }));
    return build(spec, { seed: seed! });
  };

  test("has the same weights", () => {
    const found = modelWeights(built()).map(({ weight }) => ({
      path: weight.path,
      sha256: sha256(initialValues(weight, 0)),
    }));
    expect(found).toEqual(expected.weights);
  });

  test("refuses what is no tensor", () => {
    const x = Input({ shape: [6, 4] });
    const attend = layers.MultiHeadAttention({ num_heads: 2, key_dim: 3 });
    expect(() => attend(x, { value: [3] as never })).toThrow(/value that MultiHeadAttention is called with/);
    expect(() => attend(x, { value: x, values: x } as never)).toThrow(/values/);
  });
});

describe("calls that do not fit are refused", () => {
  const model = (call: string): string =>
    `import keras\nfrom keras import layers\nx = keras.Input((6, 4))\ny = ${call}\nmodel = keras.Model(x, y)\n`;
  const attend = "layers.MultiHeadAttention(2, 3)";
  test.each([
    [`${attend}(x)`, /needs the argument value/],
    [`${attend}(x, x, mask=x)`, /called with the argument mask, which is not supported/],
    [`${attend}(x, x, use_causal_mask=[3])`, /The argument use_causal_mask of the call .* does not fit/],
    [`${attend}(x, x, value=x)`, /given value twice/],
    [`layers.Dense(2)(x, x)`, /more than its input/],
  ])("%s", (call, message) => {
    expect(() => build(parsePython(model(call)).spec!)).toThrow(message);
  });
});

describe("what Keras makes of odd settings", () => {
  const x = Float32Array.from({ length: 20 }, (_, k) => Math.sin(k));
  const result = async (options: object, call = ""): Promise<Float32Array> => {
    const said = JSON.stringify(options).replaceAll("null", "None");
    const model = await loadModel(
      `import keras\ni = keras.Input((5, 4))\nm = keras.Model(i, keras.layers.MultiHeadAttention(2, 3, seed=1, **${said})(i, i${call}))`,
    );
    model.setWeights(model.getWeights().map(({ data }) => data.map((_, k) => Math.cos(3 * k))));
    return (model.predict({ shape: [1, 5, 4], dtype: "float32", data: x }) as FloatTensor).data;
  };
  test.each([[[]], [[0]], [[2]], [[1]]])(
    "inputs of three dimensions are attended over the middle one, attention_axes=%j",
    async (attention_axes) => expect(await result({ attention_axes })).toEqual(await result({})),
  );
  test("not where the scores are wanted: there Keras fails without axes", async () => {
    await expect(result({ attention_axes: [] }, ", return_attention_scores=True")).rejects.toThrow(
      /attention_axes from 1 to 1\. Received: none/,
    );
  });
  test("an output_shape without sizes is the query's", async () => {
    expect(await result({ output_shape: [] })).toEqual(await result({}));
  });
  test("a Sequential has no value to give", async () => {
    await expect(
      loadModel(
        "import keras\nm = keras.Sequential([keras.Input((5, 4)), keras.layers.MultiHeadAttention(2, 3)])",
      ),
    ).rejects.toThrow(/cannot stand in a Sequential: it is called on more than one tensor/);
  });
});
