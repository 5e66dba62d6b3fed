import type { Layer, Model } from "../ir/model.ts";
import { originOf } from "./legacy-arrays.ts";
import { asSaved, innermost, legacyOrder } from "./legacy-order.ts";
import type { LegacyFile, LegacyLayer } from "./model-file.ts";
import { listedLayers } from "./weight-paths.ts";

/** A layer and what a file has for it. */
export type Pair = readonly [Layer, LegacyLayer];

export const hasWeights = (layer: Layer): boolean => legacyOrder(layer).length > 0;
/** The layers of a file that have weights. */
export const savedLayers = ({ weights }: LegacyFile): readonly LegacyLayer[] =>
  weights.filter((layer) => layer.weights.length > 0);

/** Layers with weights and what a file has for them, both in their order; undefined where their number differs. */
export function pairedByOrder(model: Model, file: LegacyFile): readonly Pair[] | undefined {
  const layers = asSaved(listedLayers(model), originOf(file).keras).filter(hasWeights);
  const saved = savedLayers(file);
  const listed = layers.length === saved.length ? layers : flattened(model, saved);
  return listed?.map((layer, k) => [layer, saved[k]]);
}

/** Keras 1 listed the layers of models that a Sequential merged, not the models. */
function flattened(model: Model, saved: readonly LegacyLayer[]): readonly Layer[] | undefined {
  const layers = [...new Set(innermost(model))].filter(hasWeights);
  return layers.length === saved.length && layers.every(({ name }, k) => name === saved[k].name)
    ? layers
    : undefined;
}
