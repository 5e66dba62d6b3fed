import { type Limits, withinLimit } from "../diagnostics/limits.ts";
import type { LayerSpec, ModelSpec } from "../ir/spec.ts";

/** Throws a ModelLimitError where a spec, its nested models included, has more or longer than the limits allow. */
export function withinLimits(spec: ModelSpec, limits: Limits): void {
  const waiting: { readonly model: ModelSpec; readonly depth: number }[] = [{ model: spec, depth: 1 }];
  let count = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { model, depth } = next;
    withinLimit(limits, "depth", depth, "The nesting of the models", model.at);
    count += model.layers.length;
    withinLimit(limits, "layers", count, "The number of layers", spec.at);
    for (const layer of model.layers) {
      checkName(layer, limits);
      if (layer.model) waiting.push({ model: layer.model, depth: depth + 1 });
    }
  }
}

/** Throws a ModelLimitError where a config lists more layers, or calls of them, than the limits allow: before any is read. */
export function configWithinLimits(config: unknown, limits: Limits, file?: string): void {
  const at = { ...(file !== undefined && { file }), path: "config" };
  const waiting: unknown[] = [config];
  let count = 0;
  while (waiting.length) {
    const { layers, model_config, config: own } = recordOf(waiting.pop());
    if (own !== undefined) waiting.push(own);
    if (model_config !== undefined) waiting.push(model_config);
    if (Array.isArray(own)) waiting.push({ layers: own });
    for (const layer of Array.isArray(layers) ? layers : []) {
      const { inbound_nodes } = recordOf(layer);
      count += 1 + (Array.isArray(inbound_nodes) ? Math.max(0, inbound_nodes.length - 1) : 0);
      withinLimit(limits, "layers", count, "The number of layers and of their further calls", at);
      waiting.push(layer);
    }
  }
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

const checkName = ({ name, at }: LayerSpec, limits: Limits): void =>
  withinLimit(limits, "name_length", name.length, "The length of a layer's name", at);
