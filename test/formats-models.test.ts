import { describe, expect, it } from "vitest";
import type { ModelError } from "../src/diagnostics.ts";
import { spawnHere, withHdf5 } from "../src/formats/hdf5.ts";
import { joinWeights } from "../src/formats/join-weights.ts";
import { readKerasZip, writeKeras } from "../src/formats/keras-zip.ts";
import { writeLegacyH5 } from "../src/formats/legacy-h5.ts";
import { DEFAULT_LIMITS } from "../src/diagnostics/limits.ts";
import {
  readModelFile,
  type Keras3File,
  type LegacyFile,
  type ModelFile,
} from "../src/formats/model-file.ts";
import { readOptimizerState, writeOptimizerState } from "../src/formats/optimizer-state.ts";
import type { StoredArray } from "../src/formats/stored-array.ts";
import { snakeCase } from "../src/formats/weight-paths.ts";
import { writeWeightsH5 } from "../src/formats/weights-h5.ts";
import { modelWeights, type Weight } from "../src/ir/model.ts";
import { CASES, expectedOf, fixture, modelOf, unpack } from "./formats-cases.ts";

const SLOTS: Record<string, string[][]> = {
  mlp: [["momentum", "velocity"]],
  nested: [["momentum", "velocity"]],
  normalized: [["momentum"]],
  two_inputs: [[]],
};
const slotsOf = (name: string): string[][] => SLOTS[name.replace("tf_", "")];
const OPTIMIZERS: Record<string, string> = {
  mlp: "adam",
  nested: "adam",
  normalized: "sgd",
  two_inputs: "sgd",
};

const read = (path: string): Promise<ModelFile> => readModelFile(fixture(path), DEFAULT_LIMITS, spawnHere);
const bits = ({ data }: Pick<StoredArray, "data">): Buffer =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength);
const trainable = (name: string): Weight[] =>
  modelWeights(modelOf(name)).flatMap((state) => (state.trainable ? [state.weight] : []));

const FILES = CASES.flatMap((name) =>
  ["model.keras", "model.h5", "model.weights.h5", "weights_only.h5"]
    .filter((kind) => kind !== "weights_only.h5" || name.startsWith("tf_"))
    .filter((kind) => name !== "tf_nested" || !["model.keras", "model.weights.h5"].includes(kind))
    .map((kind): [string, string] => [name, kind]),
);

function expectWeights(name: string, file: ModelFile): void {
  const { weights, notes } = joinWeights(modelOf(name), file);
  const expected = expectedOf(name).weights;
  const states = modelWeights(modelOf(name));
  expect(weights.size).toBe(expected.length);
  states.forEach(({ weight }, i) => {
    expect(bits(weights.get(weight.path)!).equals(bits(unpack(expected[i]))), weight.path).toBe(true);
  });
  expect(notes).toEqual([]);
}

describe("files that Keras wrote", () => {
  it.each(FILES)("%s/%s holds the weights bit for bit", async (name, kind) => {
    const file = await read(`${name}/${kind}`);
    expect(file.config !== undefined).toBe(kind === "model.keras" || kind === "model.h5");
    expectWeights(name, file);
  });

  it.each(FILES.filter(([, kind]) => kind !== "weights_only.h5"))(
    "%s/%s holds the optimizer",
    async (name, kind) => {
      const state = readOptimizerState(await read(`${name}/${kind}`), slotsOf(name), trainable(name));
      const expected = new Map(expectedOf(name).optimizer.map((v) => [v.name, unpack(v)]));
      expect(state?.iteration).toBe(4);
      const weights = trainable(name);
      const find = (slot: string, weight: Weight): StoredArray | undefined => {
        const suffix = weight.path.split("/").slice(-2).join("/");
        const letter = slot === "momentum" ? "m" : "v";
        const names = [
          `${OPTIMIZERS[name]}/${weight.path.replaceAll("/", "_")}_${slot}`,
          `Adam/${letter}/${suffix}:0`,
          `Adam/${suffix}/${letter}:0`,
          `SGD/m/${suffix}:0`,
        ];
        return names.map((n) => expected.get(n)).find((a) => a !== undefined);
      };
      const wanted = slotsOf(name).flatMap((group) =>
        weights.flatMap((w) => group.map((slot) => find(slot, w))),
      );
      expect(state!.slots).toHaveLength(wanted.length);
      wanted.forEach((array, i) => expect(bits(array!).equals(bits({ data: state!.slots[i] }))).toBe(true));
    },
  );

  it("tells version, date and compile arguments", async () => {
    expect(await read("mlp/model.keras")).toMatchObject({
      format: "keras",
      keras_version: "3.15.1",
      date_saved: expect.stringMatching(/^\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d$/) as string,
    });
    const h5 = (await read("tf_mlp/model.h5")) as LegacyFile;
    expect(h5).toMatchObject({ keras_version: "2.21.0", backend: "tensorflow" });
    expect(JSON.parse(h5.training_config!)).toMatchObject({ loss: "sparse_categorical_crossentropy" });
  });

  it("reads the layout of tf.keras 2.12 to 2.14, which counted layers twice or once", async () => {
    const file = (await read("nested/model.weights.h5")) as Keras3File;
    for (const step of [1, 2]) {
      const renumber = (part: string): string =>
        part.replace(/_(\d+)$/, (_all, k: string) => `_${Number(k) * step}`);
      const old = (path: string): string =>
        path
          .split("/")
          .map((p) => (p === "layers" ? "_layer_checkpoint_dependencies" : renumber(p)))
          .join("/");
      expectWeights("nested", { ...file, weights: new Map([...file.weights].map(([p, a]) => [old(p), a])) });
    }
  });
});

describe("writing", () => {
  it.each(["mlp", "normalized", "two_inputs", "nested"])(
    "%s: all formats give the arrays back, and equal bytes",
    async (name) => {
      const model = modelOf(name);
      const source = await read(`${name}/model.keras`);
      const { weights } = joinWeights(model, source);
      const state = readOptimizerState(source, slotsOf(name), trainable(name))!;
      const optimizer = writeOptimizerState(OPTIMIZERS[name], state, slotsOf(name), trainable(name));
      expect(optimizer.map((v) => v.name)).toEqual(expectedOf(name).optimizer.map((v) => v.name));
      const content = { model, weights, optimizer, keras_version: "3.15.1", config: '{"größe": 1}' };
      const writers = [
        () => writeKeras({ ...content, date_saved: "1980-01-01@00:00:00" }, spawnHere),
        () => writeLegacyH5({ ...content, training_config: "{}" }, spawnHere),
        () => writeWeightsH5(content, spawnHere),
      ];
      for (const write of writers) {
        const bytes = await write();
        expect(Buffer.compare(bytes, await write())).toBe(0);
        const back = await readModelFile(bytes, DEFAULT_LIMITS, spawnHere);
        expectWeights(name, back);
        expect(readOptimizerState(back, slotsOf(name), trainable(name))).toEqual(state);
        if (back.config !== undefined) expect(JSON.parse(back.config)).toEqual({ größe: 1 });
      }
    },
  );

  it("splits long lists of names as Keras does", async () => {
    const [input, , dropout] = modelOf("mlp").layers;
    const names = Array.from({ length: 1501 }, (_, i) => `layer_${i}_${"n".repeat(80)}`);
    const model = { ...modelOf("mlp"), layers: [input, ...names.map((name) => ({ ...dropout, name }))] };
    const bytes = await writeLegacyH5(
      { model, weights: new Map(), keras_version: "3.15.1", config: "{}" },
      spawnHere,
    );
    const back = (await readModelFile(bytes, DEFAULT_LIMITS, spawnHere)) as LegacyFile;
    expect(back.weights.map((layer) => layer.name)).toEqual(names);
    const parts = await withHdf5(bytes, DEFAULT_LIMITS, spawnHere, (file) =>
      file.attributes(["/model_weights"], ["layer_names0", "layer_names1", "layer_names2", "layer_names3"]),
    );
    const sizes = [...parts.get("/model_weights")!.values()].map((part) => part.length);
    expect(sizes).toEqual([501, 500, 500]);
  });

  it("keeps the date it is given", async () => {
    const model = modelOf("mlp");
    const { weights } = joinWeights(model, await read("mlp/model.h5"));
    const content = {
      model,
      weights,
      keras_version: "3.15.1",
      config: "{}",
      date_saved: "2023-11-14@22:13:20",
    };
    const back = await readKerasZip(await writeKeras(content, spawnHere), DEFAULT_LIMITS, spawnHere);
    expect(back.date_saved).toBe("2023-11-14@22:13:20");
  });
});

const failed = (work: () => unknown): ModelError => {
  try {
    work();
  } catch (error) {
    return error as ModelError;
  }
  return expect.unreachable("nothing was refused");
};

describe("files that do not fit", () => {
  it("reports all mismatches of a .weights.h5 at once", async () => {
    const file = (await read("nested/model.weights.h5")) as Keras3File;
    const weights = new Map(file.weights);
    weights.delete("layers/functional/layers/dense/vars/1");
    weights.delete("layers/dense_1/vars/0");
    weights.delete("layers/dense_1/vars/1");
    weights.set("layers/dense/vars/0", { shape: [3, 5], dtype: "float32", data: new Float32Array(15) });
    weights.set("layers/gru/vars/0", { shape: [2], dtype: "float32", data: new Float32Array(2) });
    const error = failed(() => joinWeights(modelOf("nested"), { ...file, weights }));
    expect(error.errors.map((e) => [e.code, e.at?.path])).toEqual([
      ["weight-count", "layers/functional/layers/dense"],
      ["weight-shape", "mid/kernel"],
      ["weights-missing", "layers/dense_1"],
      ["weights-extra", "layers/gru"],
    ]);
    expect(error.message).toContain("Expected: (5, 3). Received: (3, 5).");
    const skipped = joinWeights(modelOf("nested"), { ...file, weights }, { skip_mismatch: true });
    expect(skipped.notes).toHaveLength(4);
    expect(skipped.weights.has("mid/kernel")).toBe(false);
    expect(skipped.weights.has("mid/bias")).toBe(true);
  });

  it("matches .h5 layers by name where asked to", async () => {
    const file = (await read("tf_mlp/weights_only.h5")) as LegacyFile;
    const [hidden] = file.weights.filter((layer) => layer.name === "hidden");
    const partial: LegacyFile = { ...file, weights: [{ ...hidden, name: "other" }, hidden] };
    const { weights, notes } = joinWeights(modelOf("mlp"), partial, { by_name: true });
    expect([...weights.keys()]).toEqual(["hidden/kernel", "hidden/bias"].map((p) => modelPath(p)));
    expect(notes.map((n) => n.at?.path)).toEqual(["scores"]);
    expect(failed(() => joinWeights(modelOf("mlp"), { ...file, weights: [hidden] })).code).toBe(
      "layer-count",
    );
    const swapped = { ...file, weights: [...file.weights].reverse() };
    expect(failed(() => joinWeights(modelOf("mlp"), swapped)).errors.map((e) => e.code)).toContain(
      "weight-shape",
    );
  });

  it("by_name is refused where the file has no names", async () => {
    const file = await read("mlp/model.weights.h5");
    expect(failed(() => joinWeights(modelOf("mlp"), file, { by_name: true })).code).toBe("by-name-layout");
  });

  it("an optimizer of another kind is refused", async () => {
    const file = await read("mlp/model.keras");
    expect(failed(() => readOptimizerState(file, [["momentum"]], trainable("mlp"))).code).toBe(
      "optimizer-count",
    );
  });

  it.each([
    ["an empty file", new Uint8Array(), "not-a-model-file"],
    ["text", new TextEncoder().encode("hello there"), "not-a-model-file"],
  ])("%s is refused by name", async (_what, bytes, code) => {
    await expect(readModelFile(bytes, DEFAULT_LIMITS, spawnHere)).rejects.toMatchObject({ code });
  });
});

const modelPath = (end: string): string =>
  modelWeights(modelOf("mlp")).find(({ weight }) => weight.path.endsWith(end))!.weight.path;

describe("snakeCase", () => {
  it.each([
    ["Conv2DTranspose", "conv2d_transpose"],
    ["MaxPooling2D", "max_pooling2d"],
    ["ConvLSTM2D", "conv_lstm2d"],
    ["PReLU", "p_re_lu"],
    ["ELU", "elu"],
    ["GroupedQueryAttention", "grouped_query_attention"],
    ["RMSNormalization", "rms_normalization"],
    ["BatchNormalization", "batch_normalization"],
  ])("%s is %s", (name, snake) => expect(snakeCase(name)).toBe(snake));
});
