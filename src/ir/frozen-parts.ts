import { releaseOf } from "./fields/release.ts";
import type { InnerLayer, LayerDef } from "./layer.ts";
import type { Layer } from "./model.ts";

type Older = Layer["older"];

/** Whether the layers inside a layer are trained by their own flags alone: all of Keras 3, some of Keras 1 and 2. */
export function trainsParts(def: LayerDef | undefined, older: Older): boolean {
  if (!def?.trains_parts || !older) return def?.trains_parts === true;
  const release = releaseOf(older);
  const since = def.older?.freezes_since?.[release?.tensorflow === false ? "keras" : "tensorflow"] ?? 0;
  return (release?.number ?? Infinity) < since;
}

/** Whether Keras trains those weights of a layer that may be trained. */
export const trainsWeights = ({ trainable, frozen, def, older }: Layer): boolean =>
  trainable || (!frozen && trainsParts(def, older));

/** Whether a part of a layer, or one on the way to it, is frozen with all inside it, as before Keras 3. */
export function isPartFrozen(
  { def, config }: Pick<InnerLayer, "def" | "config">,
  holder: string | undefined,
  older: Older,
): boolean {
  if (!older || holder === undefined) return false;
  const found = Object.entries(def.parts?.(config) ?? {}).find(
    ([path]) => holder === path || holder.startsWith(`${path}/`),
  );
  if (!found) return false;
  const [path, part] = found;
  if (part.config.trainable === false && !trainsParts(part.def, older)) return true;
  return isPartFrozen(part, holder.slice(path.length + 1) || undefined, older);
}
