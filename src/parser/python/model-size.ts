import type { LayerValue } from "./values.ts";
import type { World } from "./world.ts";

/** Layers of a model, those of nested models as often as they are listed. */
export function modelSize(w: World, model: LayerValue, known = new Map<LayerValue, number>()): number {
  const before = known.get(model);
  if (before !== undefined) return before;
  const layers = model.model!.class_name === "Sequential" ? model.model!.layers : w.network(model);
  const size = layers.reduce((sum, layer) => sum + (layer.model ? modelSize(w, layer, known) : 1), 1);
  known.set(model, size);
  return size;
}
