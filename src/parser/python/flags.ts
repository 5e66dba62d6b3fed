import type { LayerValue } from "./values.ts";
import { fail, type World } from "./world.ts";

/**
 * `layer.trainable = value`: the flag goes to every layer inside, as in Keras. Keras 3 on TensorFlow does nothing where
 * the flag says so already, whatever those of the layers inside say.
 */
export function setTrainable(w: World, v: LayerValue, value: boolean, offset: number): void {
  if (v.trainable === value && !w.library.keras2) return;
  if (value && v.calls.length > 0 && isAdapted(v.config)) thaws(w, v, offset);
  v.trainable = value;
  v.trainable_set = true;
  if (v.model)
    for (const layer of v.model.class_name === "Sequential" ? v.model.layers : w.network(v))
      setTrainable(w, layer, value, offset);
}

/** Whether a config, or that of a layer inside it, has a rank. */
const isAdapted = (config: unknown): boolean =>
  typeof config === "object" &&
  config !== null &&
  Object.entries(config).some(([key, value]) => (key === "lora_rank" ? Boolean(value) : isAdapted(value)));

const thaws = (w: World, { name }: LayerValue, offset: number): never =>
  fail(w, offset, "python-unsupported", `Making the layer ${name} trainable again is not read.`, {
    hint: "Keras would train its kernel beside its lora factors from then on, and forget that when the model is saved.",
  });
