import { mismatch, take, type Match } from "./join-weights.ts";
import type { Diagnostic } from "../diagnostics.ts";
import type { Layer, Model } from "../ir/model.ts";
import { formatShape } from "../ir/tensor.ts";
import { legacyOrder } from "./legacy-order.ts";
import type { LegacyFile, LegacyLayer } from "./model-file.ts";
import { listedLayers } from "./weight-paths.ts";

/** Matches top-level layers that have weights, by order or by name. */
export function joinLegacy(model: Model, file: LegacyFile, match: Match): void {
  if (match.options.by_name) return joinByName(model, file, match);
  const layers = listedLayers(model).filter((layer) => legacyOrder(layer).length > 0);
  const saved = file.weights.filter((layer) => layer.weights.length > 0);
  if (layers.length === saved.length) layers.forEach((layer, k) => joinLayer(layer, saved[k], match));
  else match.problems.push(layerCount(layers, saved));
}

/** Layers without a partner are left alone on both sides, as Keras does, but not in silence. */
function joinByName(model: Model, file: LegacyFile, match: Match): void {
  const saved = new Map(file.weights.map((layer) => [layer.name, layer]));
  for (const layer of listedLayers(model)) {
    const partner = saved.get(layer.name);
    if (partner) joinLayer(layer, partner, match);
    else if (legacyOrder(layer).length > 0) {
      match.notes.push({
        message: "The file has no layer of this name; it keeps its weights.",
        at: { path: layer.name },
      });
    }
  }
}

function joinLayer(layer: Layer, saved: LegacyLayer, match: Match): void {
  const weights = legacyOrder(layer);
  if (weights.length === saved.weights.length) take(match, weights, saved.weights);
  else mismatch(match, weightCount(layer, saved));
}

const layerCount = (layers: readonly Layer[], saved: readonly LegacyLayer[]): Diagnostic => ({
  code: "layer-count",
  message: "The file was saved from a model with another number of layers that have weights.",
  expected: `${layers.length} (${layers.map((l) => l.name).join(", ")})`,
  received: `${saved.length} (${saved.map((l) => l.name).join(", ")})`,
  hint: "Load by name (by_name) if only some layers are meant.",
});

const weightCount = (layer: Layer, saved: LegacyLayer): Diagnostic => ({
  code: "weight-count",
  message: `Layer ${layer.name} has another number of weights in the file, where it is named ${saved.name}.`,
  at: { path: layer.name },
  expected:
    legacyOrder(layer)
      .map((w) => `${w.name} ${formatShape(w.shape)}`)
      .join(", ") || "none",
  received: saved.weights.map((w) => `${w.name} ${formatShape(w.shape)}`).join(", ") || "none",
});
