import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, loadModel, ModelError, type Model } from "../src/node/index.ts";
import { readZip, writeZip } from "../src/formats/zip.ts";

const FOLDER = "fixtures/keras-zip";
const MORE = `${FOLDER}/more`;
const VERSIONS = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".keras"))
  .map((name) => name.slice(0, -6));

interface Saved {
  readonly x: number[];
  readonly y: number[];
  readonly iterations: number;
}
const saved = (path: string): Saved => JSON.parse(readFileSync(path, "utf8")) as Saved;
const bytesOf = (path: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(path));

function expectOutput(model: Model, { x, y }: Pick<Saved, "x" | "y">): void {
  const got = model.predict({ shape: [3, 5, 4], dtype: "float32", data: Float32Array.from(x) });
  expect(Math.max(...got.data.map((v, k) => Math.abs(v - y[k])))).toBeLessThan(1e-6);
}

describe.each(VERSIONS)("a .keras file of %s", (version) => {
  const path = `${FOLDER}/${version}.keras`;
  const wanted = saved(`${FOLDER}/${version}.json`);

  test("gives the numbers of that Keras, and its optimizer goes on", async () => {
    const model = await loadModel(path);
    expectOutput(model, wanted);
    expect(model.notes).toEqual([]);
    if (wanted.iterations > 0) {
      const iteration = model.optimizer!.variables.find((v) => v.path.endsWith("iteration"))!;
      expect(iteration.data[0]).toBe(wanted.iterations);
    }
  });

  test.each([2, 3] as const)("is written for Keras %d, and gives the same numbers again", async (keras) => {
    const model = await loadModel(path);
    for (const format of ["keras", "h5"] as const) {
      const again = await loadModel(await model.toBytes(format, { keras }));
      expectOutput(again, wanted);
      expect(again.optimizer?.variables.map((v) => [...v.data])).toEqual(
        model.optimizer?.variables.map((v) => [...v.data]),
      );
    }
  });
});

describe("layers that hold others, each class twice", () => {
  const folder = `${FOLDER}/twice`;
  const versions = readdirSync(folder).filter((name) => name.endsWith(".keras"));
  test.each(versions)("%s", async (name) => {
    expectOutput(await loadModel(`${folder}/${name}`), saved(`${folder}/${name.slice(0, -6)}.json`));
  });
});

describe("a .keras model in pieces", () => {
  const wanted = saved(`${MORE}/output.json`);
  const folder = (): Record<string, Uint8Array> =>
    Object.fromEntries(
      readdirSync(`${MORE}/folder`).map((name) => [name, bytesOf(`${MORE}/folder/${name}`)]),
    );

  test("is opened from its folder", async () => expectOutput(await loadModel(`${MORE}/folder`), wanted));
  test("is opened from its files by name", async () => expectOutput(await loadModel(folder()), wanted));
  test("says which file is missing", async () => {
    const { "model.weights.h5": _weights, ...rest } = folder();
    await expect(loadModel(rest)).rejects.toMatchObject({ code: "zip-member-missing" });
  });
  test("gives its weights to an architecture", async () => {
    expectOutput(await loadModel(`${MORE}/architecture.json`, { weights: `${MORE}/folder` }), wanted);
  });
  test("takes weights that are spread over several files", async () => {
    const weights = `${MORE}/shards.weights.json`;
    expectOutput(await loadModel(`${MORE}/architecture.json`, { weights }), wanted);
  });
  test("needs an architecture beside such weights", async () => {
    await expect(loadModel(`${MORE}/shards.weights.json`)).rejects.toMatchObject({ code: "no-architecture" });
  });
  test("does not follow an index to other folders", async () => {
    const index = JSON.stringify({ weight_map: { "/vars": "../x.weights.h5" } }, null, 1);
    const weights = new TextEncoder().encode(index);
    await expect(loadModel(`${MORE}/architecture.json`, { weights })).rejects.toMatchObject({
      code: "bad-config",
    });
  });
  test("with pickled weights is refused by the name of their file", async () => {
    const { "model.weights.h5": weights, ...rest } = folder();
    const error = await loadModel({ ...rest, "model.weights.npz": weights }).catch((e: unknown) => e);
    expect(error).toMatchObject({
      errors: [{ code: "unsupported-format", at: { path: "model.weights.npz" } }],
    });
  });
  test("keeps files of layers and says so", async () => {
    const assets = { "assets/layers/other/vocabulary.txt": new TextEncoder().encode("a\nb") };
    const members = new Map(Object.entries({ ...folder(), ...assets }));
    const model = await loadModel(await writeZip(members));
    expect(model.notes[0].message).toContain("assets/layers/other/vocabulary.txt");
    const again = await readZip(await model.toBytes("keras"), DEFAULT_LIMITS, () => "weight_bytes");
    expect(again.get("assets/layers/other/vocabulary.txt")).toEqual(Object.values(assets)[0]);
  });
  test("names the layer whose vocabulary nobody can use", async () => {
    const error = await loadModel(`${MORE}/words.keras`).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ModelError);
    expect((error as ModelError).message).toContain("StringLookup");
  });
  test("misnamed files are told by content", async () => {
    const h5 = await (await loadModel(`${MORE}/folder`)).toBytes("h5");
    expectOutput(await loadModel(new File([h5], "model.keras")), wanted);
    const json = bytesOf(`${MORE}/architecture.json`);
    const model = await loadModel(new File([json], "model.keras"), { weights: `${MORE}/folder` });
    expectOutput(model, wanted);
  });
});

describe("saving twice", () => {
  const { SOURCE_DATE_EPOCH } = process.env;
  afterEach(() => {
    if (SOURCE_DATE_EPOCH === undefined) delete process.env.SOURCE_DATE_EPOCH;
    else process.env.SOURCE_DATE_EPOCH = SOURCE_DATE_EPOCH;
  });
  const dateOf = async (bytes: Uint8Array): Promise<string> => {
    const members = await readZip(bytes, DEFAULT_LIMITS, () => "weight_bytes");
    return (JSON.parse(new TextDecoder().decode(members.get("metadata.json"))) as { date_saved: string })
      .date_saved;
  };
  const path = `${FOLDER}/${VERSIONS[0]}.keras`;

  test.each(["keras", "h5", "weights.h5", "json"] as const)("gives the same bytes: %s", async (format) => {
    for (const keras of [2, 3] as const) {
      const [one, two] = [await loadModel(path), await loadModel(path)];
      const first = await one.toBytes(format, { keras });
      expect(Buffer.compare(first, await one.toBytes(format, { keras }))).toBe(0);
      expect(Buffer.compare(first, await two.toBytes(format, { keras }))).toBe(0);
    }
  });
  test("keeps the date of the file it came from", async () => {
    process.env.SOURCE_DATE_EPOCH = "5";
    const model = await loadModel(path);
    expect(await dateOf(await model.toBytes("keras"))).toBe(await dateOf(bytesOf(path)));
  });
  test("has the date of SOURCE_DATE_EPOCH, or a fixed one", async () => {
    const model = await loadModel(`${MORE}/architecture.json`, { seed: 1 });
    process.env.SOURCE_DATE_EPOCH = "1700000000";
    expect(await dateOf(await model.toBytes("keras"))).toBe("2023-11-14@22:13:20");
    delete process.env.SOURCE_DATE_EPOCH;
    expect(await dateOf(await model.toBytes("keras"))).toBe("1980-01-01@00:00:00");
    process.env.SOURCE_DATE_EPOCH = "yesterday";
    await expect(model.toBytes("keras")).rejects.toMatchObject({ code: "bad-source-date-epoch" });
  });
});

describe("options of a save", () => {
  const target = (name: string): string => join(mkdtempSync(join(tmpdir(), "keraunos-")), name);
  test("the format may be said where the path does not say it", async () => {
    const model = await loadModel(`${MORE}/folder`);
    const path = target("model.bin");
    await expect(model.save(path)).rejects.toMatchObject({ code: "unknown-format" });
    await model.save(path, { format: "h5", keras: 2 });
    expectOutput(await loadModel(path), saved(`${MORE}/output.json`));
  });
  test("what is unknown is refused before anything is written", async () => {
    const model = await loadModel(`${MORE}/folder`);
    const path = target("model.keras");
    await expect(model.save(path, { keras: 4 as 3 })).rejects.toMatchObject({ code: "bad-option" });
    await expect(model.save(path, { format: "onnx" as "h5" })).rejects.toMatchObject({
      code: "unknown-format",
    });
    await expect(model.toBytes("h6" as "h5")).rejects.toMatchObject({ code: "unknown-format" });
    expect(existsSync(path)).toBe(false);
  });
  test("what Keras 2 has no words for is named", async () => {
    const config = { name: "a", batch_shape: [null, 3], dtype: "float32" };
    const dense = { name: "d", units: 2, activation: "hard_sigmoid" };
    const layers = [
      { module: "keras.layers", class_name: "InputLayer", config },
      { module: "keras.layers", class_name: "Dense", config: dense },
    ];
    const json = { module: "keras", class_name: "Sequential", config: { name: "s", layers } };
    const model = await loadModel(JSON.stringify(json), { seed: 0 });
    await expect(model.toBytes("h5", { keras: 2 })).rejects.toMatchObject({
      errors: [{ code: "not-in-keras-2", at: { path: "s/d" } }],
    });
  });
});
