import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { build } from "../src/ir/build.ts";
import { leaves, type Model, modelWeights } from "../src/ir/model.ts";
import { parseKerasJson } from "../src/parser/keras-json.ts";
import { writeKerasJson } from "../src/parser/keras-json-write.ts";

interface Facts {
  readonly keras3: unknown;
  readonly keras2?: unknown;
  readonly weights: readonly (readonly [string, readonly number[], boolean])[];
  readonly layers: readonly (readonly [string, string, readonly (readonly (number | null)[])[]])[];
  readonly outputs: readonly (readonly (number | null)[])[];
}

const folder = "fixtures/ir/";
const names = readdirSync(folder).map((file) => file.replace(/\.json$/, ""));
const factsOf = (name: string): Facts => JSON.parse(readFileSync(`${folder}${name}.json`, "utf8")) as Facts;
const weightsOf = (model: Model): unknown[] =>
  modelWeights(model).map(({ weight, trainable }) => [weight.path, weight.shape, trainable]);
const outputsOf = (model: Model): unknown[] => leaves(model.outputs).map((value) => value.shape);
const layersOf = (model: Model): unknown[] =>
  model.layers
    .filter((layer) => model.class_name !== "Sequential" || layer.class_name !== "InputLayer")
    .map((layer) => [layer.name, layer.class_name, layer.calls[0].outputs.map((value) => value.shape)]);

test("there are models to check", () => expect(names.length).toBeGreaterThanOrEqual(15));

describe.each(names)("%s", (name) => {
  const facts = factsOf(name);
  const read = (json: unknown): Model => build(parseKerasJson(JSON.stringify(json)));

  test("has Keras's weights, layers and shapes", () => {
    const model = read(facts.keras3);
    expect(weightsOf(model)).toEqual(facts.weights);
    expect(outputsOf(model)).toEqual(facts.outputs);
    expect(layersOf(model).map((layer) => (layer as unknown[]).slice(0, 2))).toEqual(
      facts.layers.map((layer) => layer.slice(0, 2)),
    );
  });

  test.runIf(facts.keras2)("reads the same from TensorFlow's Keras 2", () => {
    const model = read(facts.keras2);
    expect(modelWeights(model).map(({ weight, trainable }) => [weight.shape, trainable])).toEqual(
      facts.weights.map((w) => w.slice(1)),
    );
    expect(outputsOf(model)).toEqual(facts.outputs);
  });

  test("is the same after writing and reading", () => {
    const model = read(facts.keras3);
    const text = writeKerasJson(model);
    const again = build(parseKerasJson(text));
    expect(weightsOf(again)).toEqual(weightsOf(model));
    expect(layersOf(again)).toEqual(layersOf(model));
    expect(writeKerasJson(again)).toBe(text);
  });
});
