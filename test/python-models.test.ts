import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { LayerSpec, ModelSpec } from "../src/ir/spec.ts";
import { parsePython } from "../src/parser/python/index.ts";

/** What real Keras made of the same snippets: fixtures/python.py. */
interface KerasLayer {
  readonly class_name: string;
  readonly name: string;
  readonly trainable: boolean;
  readonly seeds?: readonly number[];
  readonly model?: KerasModel;
}
interface SavedLayer {
  readonly config: Readonly<Record<string, unknown>>;
  readonly inbound_nodes?: readonly { readonly args: unknown; readonly kwargs: unknown }[];
}
interface KerasModel {
  readonly class_name: string;
  readonly name: string;
  readonly layers: readonly KerasLayer[];
  readonly config: {
    readonly layers: readonly SavedLayer[];
    readonly input_layers?: unknown;
    readonly output_layers?: unknown;
  };
}
const folder = new URL("../fixtures/python/", import.meta.url);
const expected = JSON.parse(readFileSync(new URL("models.json", folder), "utf8")) as Record<
  string,
  Record<string, KerasModel>
>;
const names = readdirSync(new URL("models/", folder)).map((name) => name.replace(".py", ""));

/** InputLayers that Keras makes when a tensor calls the model are named, but have no layer in the spec. */
function layersOf(spec: ModelSpec): { class_name: string; name: string }[] {
  const own = spec.layers.map(({ class_name, name }) => ({ class_name, name }));
  return spec.input_name === undefined ? own : [{ class_name: "InputLayer", name: spec.input_name }, ...own];
}

function compareModel(spec: ModelSpec, keras: KerasModel): void {
  expect({ class_name: spec.class_name, name: spec.name }).toEqual({
    class_name: keras.class_name,
    name: keras.name,
  });
  expect(layersOf(spec)).toEqual(keras.layers.map(({ class_name, name }) => ({ class_name, name })));
  const hidden = spec.input_name === undefined ? 0 : 1;
  spec.layers.forEach((layer, i) =>
    compareLayer(layer, keras.layers[i + hidden], keras.config.layers[i + hidden]),
  );
  if (spec.class_name === "Functional") compareGraph(spec, keras);
}

function compareLayer(layer: LayerSpec, keras: KerasLayer, saved: SavedLayer): void {
  if (layer.model) {
    compareModel(layer.model, keras.model!);
    expect(layer.model.trainable).toBe(keras.trainable);
    return;
  }
  if (layer.class_name !== "InputLayer")
    expect(layer.config.trainable ?? true, layer.name).toBe(keras.trainable);
  if (keras.seeds && layer.class_name !== "InputLayer") expect(layer.draws, layer.name).toEqual(keras.seeds);
  for (const [key, value] of Object.entries(layer.config)) {
    const theirs = saved.config[key];
    // Keras writes objects in full and pairs for single numbers: the layers' own readers are tested for that.
    if (typeof theirs !== "object" || key === "batch_shape" || key === "target_shape")
      expect(theirs, `${layer.name}.${key}`).toEqual(value);
  }
}

/** [layer, node, tensor] triples; a nested Functional's nodes count from 1 in Keras's config. */
function compareGraph(spec: ModelSpec, keras: KerasModel): void {
  const nested = new Set(
    spec.layers.filter((layer) => layer.model?.class_name === "Functional").map((layer) => layer.name),
  );
  const triples = (nest: unknown): unknown => {
    if (Array.isArray(nest)) return nest.map(triples);
    const ref = nest as { kind?: string; layer: string; node: number; tensor: number };
    if (ref.kind === "tensor") return [ref.layer, ref.node + (nested.has(ref.layer) ? 1 : 0), ref.tensor];
    return Object.fromEntries(Object.entries(nest as object).map(([k, v]) => [k, triples(v)]));
  };
  const history = (nest: unknown): unknown => {
    if (Array.isArray(nest)) return nest.map(history);
    const { class_name, config } = (nest ?? {}) as {
      class_name?: string;
      config?: { keras_history: unknown };
    };
    return class_name === "__keras_tensor__" ? config!.keras_history : nest;
  };
  const unwrapped = (nest: unknown): unknown =>
    Array.isArray(nest) && nest.length === 1 && Array.isArray(nest[0]) ? nest[0] : nest;
  expect(unwrapped(triples(spec.inputs))).toEqual(unwrapped(keras.config.input_layers));
  expect(unwrapped(triples(spec.outputs))).toEqual(unwrapped(keras.config.output_layers));
  spec.layers.forEach((layer, i) => {
    const calls = (keras.config.layers[i].inbound_nodes ?? []).map((node) => history(node.args));
    const ours = layer.calls.map((call) => triples(call.args));
    if (nested.size === 0) expect(ours, layer.name).toEqual(calls);
    else expect(ours.length, layer.name).toBe(calls.length);
  });
}

describe("a snippet means what Keras makes of it", () => {
  it("has enough snippets", () => expect(names.length).toBeGreaterThanOrEqual(25));
  it.each(names)("%s", (name) => {
    const source = readFileSync(new URL(`models/${name}.py`, folder), "utf8");
    const { models } = parsePython(source, { file: `${name}.py` });
    for (const [variable, keras] of Object.entries(expected[name])) {
      const spec = models.get(variable);
      // Keras's own variable for one model in two variables is either.
      if (spec === undefined) expect([...models.values()].map((m) => m.name)).toContain(keras.name);
      else compareModel(spec, keras);
    }
  });
});
