import { build } from "../src/ir/build.ts";
import type { Model } from "../src/ir/model.ts";
import type { LayerSpec, ModelSpec } from "../src/ir/spec.ts";
import { parseKerasJson } from "../src/parser/keras-json.ts";

/** What JSON does not say: names came from Keras's counters; layers of one name are one object. */
export interface Marks {
  readonly auto: boolean;
  readonly shared: boolean;
}

/** The model of a `model.to_json()`. Its types are kept, though others than float32 do not compute. */
export function modelOf(text: string, marks: Marks): Model {
  const json = JSON.parse(text);
  const dtypes = new Map<string, unknown>();
  for (const { config } of json.config.layers) {
    dtypes.set(config.name, config.dtype?.config?.name ?? config.dtype);
    delete config.dtype;
  }
  const model = build(marked(parseKerasJson(JSON.stringify(json)), marks));
  for (const layer of model.layers) Object.assign(layer, { dtype: dtypes.get(layer.name) ?? "float32" });
  return model;
}

function marked(spec: ModelSpec, marks: Marks): ModelSpec {
  return { ...spec, auto_name: marks.auto, layers: spec.layers.map((layer) => markedLayer(layer, marks)) };
}

function markedLayer(layer: LayerSpec, marks: Marks): LayerSpec {
  return {
    ...layer,
    auto_name: marks.auto,
    ...(marks.shared ? { id: idOf(layer.name) } : {}),
    ...(layer.model ? { model: marked(layer.model, marks) } : {}),
  };
}

const idOf = (name: string): number => Number.parseInt(Buffer.from(name).toString("hex").slice(0, 12), 16);
