import type { LayerValue } from "./values.ts";
import { fail, type World } from "./world.ts";

/**
 * `layer.trainable = value`: the flag goes to every layer inside, as in Keras since 2.4; before that the layers kept
 * flags of their own, and were trained where no model around them was frozen. Keras 3 on TensorFlow does nothing where
 * the flag says so already, whatever those of the layers inside say.
 */
export function setTrainable(w: World, v: LayerValue, value: boolean, offset: number): void {
  if (v.trainable === value && !w.library.keras2) return;
  if (value && v.calls.length > 0 && isAdapted(v.config)) thaws(w, v, offset);
  if (keepFlags(w)) return reach(w, v, (v.own_flag = value));
  v.trainable = value;
  v.trainable_set = true;
  v.alone = false;
  for (const layer of inside(w, v)) setTrainable(w, layer, value, offset);
}

/** Whether layers keep their flags when a model around them is frozen. */
const keepFlags = ({ library: { version = "" } }: World): boolean => /^(1|2\.[0-3]($|\.))/.test(version);

const inside = (w: World, v: LayerValue): readonly LayerValue[] =>
  v.model === undefined ? [] : v.model.class_name === "Sequential" ? v.model.layers : w.network(v);

/**
 * The layers whose weights a model of Keras 2.0.9 to 2.3 trains from now on and shows as trained whatever is frozen later;
 * until 2.2 a Sequential had them in a model inside of it, where no summary looked.
 */
export function trainedFromNow(w: World, v: LayerValue): { trained?: readonly number[] } {
  const {
    library: { version = "" },
  } = w;
  const since = v.model?.class_name === "Sequential" ? /^2\.[23]($|\.)/ : /^2\.(0\.9|[1-3]($|\.))/;
  return v.model?.built && since.test(version) ? { trained: trainedIn(w, v) } : {};
}
const trainedIn = (w: World, v: LayerValue): number[] =>
  !v.trainable ? [] : v.model ? inside(w, v).flatMap((layer) => trainedIn(w, layer)) : [v.id];

/** Whether a layer is trained, by its own flag and those around it. */
function reach(w: World, v: LayerValue, trains: boolean): void {
  v.own_flag ??= v.trainable;
  v.trainable = trains;
  v.trainable_set = true;
  for (const layer of inside(w, v)) reach(w, layer, trains && (layer.own_flag ?? layer.trainable));
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
