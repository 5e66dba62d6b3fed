import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { halfToFloat } from "../src/formats/stored-array.ts";
import type { Tensor } from "../src/ir/tensor.ts";
import { Input, layers, loadModel, Model, ModelError } from "../src/node/index.ts";
import { run } from "./cli-run.ts";
import { distance, listed, modelOf } from "./tfjs/models.ts";
import { refused, snippets } from "./tfjs/snippets.ts";

interface Packed {
  readonly shape: readonly number[];
  readonly data: string;
}
interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly quantization?: { readonly dtype: string; readonly min: number; readonly scale: number };
}
interface Document {
  readonly format: string;
  readonly modelTopology: Readonly<Record<string, unknown>>;
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly Entry[];
  }[];
}
/** A model that TensorFlow.js or its converter made, and what was predicted with it there or in Keras. */
interface Case {
  readonly name: string;
  readonly document: Document;
  readonly weights?: string;
  readonly shards?: Readonly<Record<string, string>>;
  readonly inputs: readonly Packed[];
  readonly outputs: readonly Packed[];
  readonly losses?: readonly number[];
}
type Files = Readonly<Record<string, Uint8Array>>;

const read = (name: string): readonly Case[] =>
  JSON.parse(readFileSync(`fixtures/tfjs/${name}.json`, "utf8")) as readonly Case[];
const own = read("own");
const converted = read("converted");

const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));
const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const unpacked = ({ shape, data }: Packed): Tensor => ({
  shape,
  dtype: "float32",
  data: new Float32Array(bytesOf(data).slice().buffer),
});

const filesOf = ({ document, weights, shards }: Case): Files => ({
  "model.json": text(document),
  ...(weights !== undefined && { "model.weights.bin": bytesOf(weights) }),
  ...Object.fromEntries(Object.entries(shards ?? {}).map(([name, data]) => [name, bytesOf(data)])),
});
const open = (files: Files) => loadModel<Tensor | readonly Tensor[]>(files);
const named = (cases: readonly Case[], name: string): Case => cases.find((one) => one.name === name)!;
async function apart(one: Case): Promise<number> {
  const x = one.inputs.map(unpacked);
  const model = await open(filesOf(one));
  return distance(listed(model.predict(x.length === 1 ? x[0] : x)), one.outputs.map(unpacked));
}
async function refusal(work: Promise<unknown>): Promise<ModelError> {
  const error: unknown = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (error instanceof ModelError) return error;
  throw new Error(`not refused: ${String(error)}`);
}

describe("models that TensorFlow.js saved", () => {
  test.each(own.map((one) => [one.name, one] as const))("%s", async (_name, one) => {
    expect(await apart(one)).toBeLessThan(2e-6);
  });

  test.each(["adam", "momentum", "sgd"])("training goes on where %s ended", async (optimizer) => {
    const one = named(own, `trained by ${optimizer}`);
    const model = await open(filesOf(one));
    expect(model.notes).toEqual([]);
    const x = Float32Array.from({ length: 24 }, (_, k) => Math.sin(k));
    const y = [0, 1, 2, 0, 1, 2].map((label) => [label]);
    const options = { epochs: 2, batch_size: 6, shuffle: false, verbose: 0 } as const;
    const { history } = await model.fit({ shape: [6, 4], dtype: "float32", data: x }, y, options);
    history.loss.forEach((loss, k) => expect(loss).toBeCloseTo(one.losses![k], 5));
  });

  test("metadata is no part of the model, and that is said", async () => {
    const { notes } = await open(filesOf(named(own, "sequential of a list")));
    expect(notes.map(({ message }) => message)).toEqual([expect.stringContaining("labels")]);
  });

  test("words that first releases left unsaid in an initializer are its defaults", async () => {
    const files = filesOf(named(own, "conv2d"));
    const said = new TextDecoder().decode(files["model.json"]);
    const silent = said.replace(/"(mode|distribution)":"\w+"/g, '"$1":null');
    expect(silent).not.toBe(said);
    const model = await open({ ...files, "model.json": new TextEncoder().encode(silent) });
    expect(model.getWeights()).toEqual((await open(files)).getWeights());
  });

  test("what TensorFlow.js computes otherwise in all its backends is refused", async () => {
    const files = filesOf(named(own, "upsampling"));
    const said = new TextDecoder().decode(files["model.json"]).replace('"nearest"', '"bilinear"');
    const error = await refusal(open({ ...files, "model.json": new TextEncoder().encode(said) }));
    expect(error.errors.map(({ code }) => code)).toEqual(["not-in-tfjs"]);
  });

  test("layers of one's own are refused by name, and they alone", async () => {
    const files = filesOf(named(own, "conv2d"));
    const said = new TextDecoder().decode(files["model.json"]).replace('"Conv2D"', '"PixelShuffle"');
    const error = await refusal(open({ ...files, "model.json": new TextEncoder().encode(said) }));
    expect(error.errors).toHaveLength(1);
    expect(error.message).toContain("PixelShuffle");
  });
});

describe("models that the converter made of Keras's", () => {
  const exact = converted.filter(({ name }) => !name.startsWith("quantised"));
  test.each(exact.map((one) => [one.name, one] as const))("%s", async (_name, one) => {
    expect(await apart(one)).toBeLessThan(2e-6);
  });

  test.each([
    ["uint8", 2e-3],
    ["uint16", 1e-5],
    ["float16", 2e-4],
  ] as const)("quantised to %s", async (dtype, tolerance) => {
    const one = named(converted, `quantised to ${dtype}`);
    expect(await apart(one)).toBeLessThan(tolerance);
    const { weights } = one.document.weightsManifest[0];
    const [bytes] = Object.values(one.shards!).map(bytesOf);
    const model = await open(filesOf(one));
    const kernel = weights.findIndex(({ name }) => name === "conv/kernel");
    const size = dtype === "uint8" ? 1 : 2;
    const count = (entry: Entry): number => entry.shape.reduce((a, b) => a * b, 1);
    const start = weights.slice(0, kernel).reduce((sum, entry) => sum + size * count(entry), 0);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const { min, scale } = weights[kernel].quantization!;
    const code = (k: number): number =>
      size === 1 ? view.getUint8(start + k) : view.getUint16(start + 2 * k, true);
    const expected = Float32Array.from({ length: count(weights[kernel]) }, (_, k) =>
      dtype === "float16" ? halfToFloat(code(k)) : code(k) * scale + min,
    );
    expect(model.weights.find(({ path }) => path === "conv/kernel")!.data).toEqual(expected);
  });

  test("a folder, a path and a URL open alike; as weights of another model, too", async () => {
    const one = named(converted, "small shards");
    const folder = join(mkdtempSync(join(tmpdir(), "keraunos-tfjs-")), "model");
    mkdirSync(folder);
    for (const [name, bytes] of Object.entries(filesOf(one))) writeFileSync(join(folder, name), bytes);
    const path = join(folder, "model.json");
    const x = one.inputs.map(unpacked)[0];
    const again = await loadModel<Tensor>(
      new TextEncoder().encode(JSON.stringify(one.document.modelTopology.model_config)),
      { weights: path },
    );
    for (const model of [
      await loadModel<Tensor>(folder),
      await loadModel<Tensor>(path),
      await loadModel<Tensor>(new URL(`file://${path}`)),
      again,
    ])
      expect(distance([model.predict(x)], one.outputs.map(unpacked))).toBeLessThan(2e-6);
  });
});

describe("files that are not whole", () => {
  const one = named(converted, "small shards");
  const files = filesOf(one);
  const [first, second] = Object.keys(one.shards!);
  const cut = (name: string, length: number): Files => ({
    ...files,
    [name]: files[name].subarray(0, length),
  });
  const changed = (change: (entry: Record<string, unknown>) => void): Files => {
    const document = structuredClone(one.document);
    change(document.weightsManifest[0].weights[0] as unknown as Record<string, unknown>);
    return { ...files, "model.json": text(document) };
  };

  test("a short shard is named, with the weight that it cuts off", async () => {
    const error = await refusal(open(cut(second, 3)));
    expect(error.code).toBe("tfjs-shard");
    expect(error.message).toContain(second);
    expect((await refusal(open(cut(first, 10)))).message).toMatch(/conv\/kernel|bn\//);
  });
  test("every missing file is named", async () => {
    const error = await refusal(open({ "model.json": files["model.json"] }));
    expect(error.errors.map(({ at }) => at?.file)).toEqual([first, second]);
    expect((await refusal(loadModel(files["model.json"]))).code).toBe("part-missing");
  });
  test.each([
    "../a.bin",
    "a/b.bin",
    "a\\b.bin",
    "..",
    "",
    "https://example.org/a.bin",
    "c:a.bin",
    "a\u0000b",
    7,
  ])("the shard %j is not looked for", async (path) => {
    const document = {
      ...one.document,
      weightsManifest: [{ ...one.document.weightsManifest[0], paths: [path] }],
    };
    expect((await refusal(open({ ...files, "model.json": text(document) }))).code).toBe("tfjs-manifest");
  });
  test.each([
    ["shape", [1e9, 1e9]],
    ["shape", [-1]],
    ["shape", Array.from({ length: 40 }, () => 1)],
    ["dtype", "string"],
    ["dtype", "__proto__"],
    ["quantization", { dtype: "uint8", min: 0 }],
    ["quantization", { dtype: "uint4", min: 0, scale: 1 }],
    ["name", 5],
  ])("a weight whose %s is %j is refused", async (key, value) => {
    const error = await refusal(open(changed((entry) => void (entry[key] = value))));
    expect(error.code).toBe("tfjs-manifest");
  });
  test("a weight larger than the limit is refused before a shard is read", async () => {
    const huge = changed((entry) => void (entry.shape = [2 ** 20, 2 ** 20]));
    expect((await refusal(open(huge))).code).toBe("limit-weight-bytes");
  });
});

describe("models written for TensorFlow.js", () => {
  const written = Object.keys(snippets).filter((name) => !refused.has(name));
  test.each(written)("%s comes back", async (name) => {
    const { model, x } = await modelOf(name);
    const files = await model.toBytes("tfjs");
    const again = await open(files);
    expect(distance(listed(again.predict(x)), listed(model.predict(x)))).toBeLessThan(1e-6);
    expect(Object.keys(files).at(-1)).toBe("model.json");
  });

  test("a model without weights comes back from its folder, whose shard is empty or gone", async () => {
    const folder = join(mkdtempSync(join(tmpdir(), "keraunos-tfjs-")), "model");
    const source = "import keras\nm = keras.Sequential([keras.Input((3,)), keras.layers.ReLU()])\n";
    await (await loadModel(source)).save(folder, { format: "tfjs" });
    const x = { shape: [1, 3], dtype: "float32", data: Float32Array.of(-1, 0, 2) } as const;
    const expected = [Float32Array.of(0, 0, 2)];
    expect(listed((await loadModel(folder)).predict(x)).map(({ data }) => data)).toEqual(expected);
    rmSync(join(folder, "group1-shard1of1.bin"));
    expect(listed((await loadModel(folder)).predict(x)).map(({ data }) => data)).toEqual(expected);
  });

  test.each([...refused])("%s is refused", async (name, why) => {
    const { model } = await modelOf(name);
    const error = await refusal(model.toBytes("tfjs"));
    expect(error.errors.map(({ code }) => code)).toContain("not-in-tfjs");
    expect(error.errors.map(({ message }) => message)).toContain(why);
  });

  test("shards have 4 MiB; equal models give equal bytes", async () => {
    const source = "import keras\nm = keras.Sequential([keras.Input((1500,)), keras.layers.Dense(800)])\n";
    const files = await (await loadModel(source, { seed: 1 })).toBytes("tfjs");
    expect(
      Object.entries(files).map(([name, bytes]) => [name, name.endsWith("bin") && bytes.length]),
    ).toEqual([
      ["group1-shard1of2.bin", 4 * 2 ** 20],
      ["group1-shard2of2.bin", 4 * (1500 * 800 + 800) - 4 * 2 ** 20],
      ["model.json", false],
    ]);
    const again = await (await loadModel(source, { seed: 1 })).toBytes("tfjs");
    expect(Object.keys(files).filter((name) => Buffer.compare(files[name], again[name]) !== 0)).toEqual([]);
  });

  test.each([
    ["adam", `"adam"`],
    ["momentum", "keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True)"],
    ["sgd", "keras.optimizers.SGD(0.05)"],
  ])("training with %s goes on in the file that was written", async (_name, optimizer) => {
    const source = `import keras
m = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5, activation="tanh"), keras.layers.Dense(3, activation="softmax")])
m.compile(${optimizer}, "sparse_categorical_crossentropy", metrics=["accuracy"])
`;
    const model = await loadModel<Tensor>(source, { seed: 1 });
    const x: Tensor = {
      shape: [6, 4],
      dtype: "float32",
      data: Float32Array.from({ length: 24 }, (_, k) => Math.cos(k)),
    };
    const y = [0, 1, 2, 2, 1, 0].map((label) => [label]);
    const options = { epochs: 2, batch_size: 3, shuffle: false, verbose: 0 } as const;
    await model.fit(x, y, options);
    const again = await open(await model.toBytes("tfjs"));
    const [there, here] = [await again.fit(x, y, options), await model.fit(x, y, options)];
    there.history.loss.forEach((loss, k) => expect(loss).toBeCloseTo(here.history.loss[k], 6));
  });

  test("settings that TensorFlow.js cannot say are left to the page", async () => {
    const source = `import keras
m = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
m.compile(keras.optimizers.Adam(clipnorm=1.0), "mse")
`;
    const { "model.json": json } = await (await loadModel(source, { seed: 1 })).toBytes("tfjs");
    expect(JSON.parse(new TextDecoder().decode(json))).not.toHaveProperty("trainingConfig");
  });

  test("the command line converts both ways", async () => {
    const folder = mkdtempSync(join(tmpdir(), "keraunos-tfjs-"));
    const [page, home] = [join(folder, "page"), join(folder, "home.keras")];
    expect((await run(["convert", "fixtures/keras2/model.h5", page, "--format", "tfjs"])).err).toMatch(
      /not-in-tfjs|TensorFlow\.js/,
    );
    const one = named(converted, "image, tf.keras h5");
    mkdirSync(page);
    for (const [name, bytes] of Object.entries(filesOf(one))) writeFileSync(join(page, name), bytes);
    expect(await run(["convert", page, home])).toMatchObject({ code: 0 });
    expect(await run(["convert", home, join(folder, "again"), "--format", "tfjs"])).toMatchObject({
      code: 0,
    });
    const x = one.inputs.map(unpacked)[0];
    for (const path of [home, join(folder, "again")])
      expect(distance([(await loadModel<Tensor>(path)).predict(x)], one.outputs.map(unpacked))).toBeLessThan(
        2e-6,
      );
  });
});

test("a call whose mask is none is written", async () => {
  const x = Input({ shape: [5, 3], name: "x" });
  const model = Model({ inputs: x, outputs: layers.Dense({ units: 2 })(layers.BatchNormalization()(x)) });
  const spec = JSON.parse(new TextDecoder().decode((await model.toBytes("json")) as Uint8Array)) as {
    config: { layers: { class_name: string; inbound_nodes: { kwargs: object }[] }[] };
  };
  const layer = spec.config.layers.find(({ class_name }) => class_name === "BatchNormalization")!;
  layer.inbound_nodes[0].kwargs = { mask: null };
  const read = await loadModel(JSON.stringify(spec));
  expect(Object.keys(await read.toBytes("tfjs"))).toContain("model.json");
});
