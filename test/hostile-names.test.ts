import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { apiFor } from "../src/api.ts";
import { ModelError } from "../src/diagnostics.ts";
import { spawnHere } from "../src/formats/hdf5.ts";
import { nodeHost } from "../src/node/platform.ts";
import type { Source } from "../src/load/source.ts";
import type { SaveFormat } from "../src/save.ts";

const HOSTILE = JSON.parse(readFileSync("fixtures/bundle/hostile-names.json", "utf8")) as string[];
const MORE = [
  "toString",
  "hasOwnProperty",
  "prototype",
  "\x1b[2J\x1b]0;x\x07",
  "\u2066x\u2069",
  "..",
  ".",
  "a/b",
  "../x",
  " ",
];
const NAMES = [...HOSTILE, ...MORE];
const { loadModel } = apiFor({ ...nodeHost(), spawn: spawnHere });
const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype];
const properties = (): string => JSON.stringify(prototypes.map((p) => Object.getOwnPropertyNames(p)));
const before = properties();

/** Characters that a terminal obeys, or that turn text around. */
const OBEYED = /(?![\t\n])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const SLOTS = ["model", "input", "layer", "output", "metric"] as const;

/** A Functional with two outputs, and this name in one place of it. */
function configWith(slot: (typeof SLOTS)[number], name: string): string {
  const named = { model: "m", input: "x", layer: "a", output: "b", metric: "mae", [slot]: name };
  const from = (layer: string): object => ({
    class_name: "__keras_tensor__",
    config: { shape: [null, 2], dtype: "float32", keras_history: [layer, 0, 0] },
  });
  const dense = (own: string, source: string): object => ({
    ...{ class_name: "Dense", name: own, config: { name: own, units: 2 } },
    inbound_nodes: [{ args: [from(source)], kwargs: {} }],
  });
  const input = {
    ...{ class_name: "InputLayer", name: named.input, inbound_nodes: [] },
    config: { name: named.input, batch_shape: [null, 2], dtype: "float32" },
  };
  const config = {
    name: named.model,
    layers: [input, dense(named.layer, named.input), dense(named.output, named.layer)],
    input_layers: [[named.input, 0, 0]],
    output_layers: [
      [named.output, 0, 0],
      [named.layer, 0, 0],
    ],
  };
  const compile_config = { optimizer: "sgd", loss: "mse", metrics: [named.metric] };
  return JSON.stringify({ class_name: "Functional", config, compile_config, keras_version: "3.10.0" });
}

/** The codes by which names are refused in a place; no name of a layer is, but for its length. */
const REFUSED: Readonly<Record<(typeof SLOTS)[number], RegExp>> = {
  model: /^$/,
  input: /^limit-name-length$/,
  layer: /^limit-name-length$/,
  output: /^limit-name-length$/,
  metric: /^unknown-metric$/,
};

/** The result, or the typed error; nothing else may happen. */
async function typed<T>(work: () => T | Promise<T>): Promise<T | ModelError> {
  try {
    return await work();
  } catch (error) {
    expect(error).toBeInstanceOf(ModelError);
    expect((error as ModelError).message).not.toMatch(OBEYED);
    return error as ModelError;
  }
}

const load = (source: Source) => loadModel(source, { seed: 1, engine: "interpret" });
const namesIn = (model: Awaited<ReturnType<typeof load>>): string[] => [
  model.name,
  ...model.layers.map(({ name }) => name),
];
/** What a model can be written as; those that are not read back are not looked into. */
const FORMATS: readonly SaveFormat[] = ["json", "keras", "h5", "weights.h5", "tfjs", "py"];

afterAll(() => expect(properties()).toBe(before));

describe.each(SLOTS)("a name as %s", (slot) => {
  test.each(NAMES)("%j", async (name) => {
    const config = configWith(slot, name);
    const model = await typed(() => load(config));
    if (model instanceof ModelError) return expect(model.code).toMatch(REFUSED[slot]);
    const names = namesIn(model);
    if (slot !== "metric") expect(names).toContain(name);
    for (const keras of ["3", "2.9"]) {
      const text = await typed(() => model.summary({ keras }));
      if (typeof text === "string") expect(text).not.toMatch(OBEYED);
    }
    const output = model.predict({ [names[1]]: [[1, 2]] }) as unknown;
    expect(JSON.stringify(output)).toContain("float32");
    expect(Object.getPrototypeOf(model.getLayer(names[1]))).not.toBe(null);
    for (const format of FORMATS) {
      const bytes = await typed(() => model.toBytes(format));
      if (bytes instanceof ModelError || format === "weights.h5") continue;
      expect(namesIn(await load(bytes))).toEqual(names);
    }
  });
});
