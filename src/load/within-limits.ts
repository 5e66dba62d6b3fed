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

const checkName = ({ name, at }: LayerSpec, limits: Limits): void =>
  withinLimit(limits, "name_length", name.length, "The length of a layer's name", at);
