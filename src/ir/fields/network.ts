import type { Diagnostic } from "../../diagnostics.ts";
import { resolveLayer } from "../build/resolve.ts";
import type { Field, Report } from "../fields.ts";
import { layerTable } from "../layers/index.ts";
import type { LayerSpec, ModelSpec } from "../spec.ts";
import { isRecord, show } from "./schema.ts";

/** A model inside a layer's config: what its reader made of it, every layer's config validated. */
export function network(): Field<ModelSpec> {
  return {
    schema: { type: "object", description: "a model" },
    read: (value, report) => (isSpec(value) ? settled(value, report) : misread(value, report)),
  };
}

const isSpec = (value: unknown): value is ModelSpec =>
  isRecord(value) && Array.isArray(value.layers) && "inputs" in value && "outputs" in value;

function misread(value: unknown, report: Report): ModelSpec {
  report({ expected: "a model", received: show(value) });
  return { class_name: "Functional", name: "", auto_name: false, trainable: true, ...NOTHING };
}
const NOTHING = { layers: [], inputs: [], outputs: [], at: {} } as const;

/** The model with the configs that its layers' fields make of what was written. */
function settled(spec: ModelSpec, report: Report): ModelSpec {
  const { compile: _unused, ...model } = spec;
  return { ...model, layers: spec.layers.map((layer) => settledLayer(layer, report)) };
}

function settledLayer(layer: LayerSpec, report: Report): LayerSpec {
  if (layer.model) return { ...layer, model: settled(layer.model, report) };
  const problems: Diagnostic[] = [];
  const resolved = resolveLayer(layer, layer.name, layerTable, problems);
  for (const { message, expected = message, received = "another", hint = message } of problems)
    report({ expected, received, hint });
  // defaults are one object for all layers; seeds are drawn for each
  return resolved ? { ...layer, config: structuredClone(resolved.config), whole: true } : layer;
}
