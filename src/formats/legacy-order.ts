import type { LayerDef } from "../ir/layer.ts";
import { modelWeights, type Layer, type Model, type Weight } from "../ir/model.ts";

/** Whose rules a file follows. */
export type LegacyKeras = "1" | "2" | "3";

/** Layers in the order of a file: that of Keras 1 where a Sequential began with models side by side. */
export function asSaved<L extends Pick<Layer, "keras1">>(
  layers: readonly L[],
  keras: LegacyKeras,
): readonly L[] {
  const placed = keras === "1" && layers.some((layer) => layer.keras1?.place !== undefined);
  return placed ? [...layers].sort((a, b) => (a.keras1?.place ?? 0) - (b.keras1?.place ?? 0)) : layers;
}

/**
 * The weights of a top-level layer in the order of `.h5` files: the trainable ones of all it contains, then the
 * others. A frozen layer's weights count among the others, so that a frozen part of a nested model moves back: in
 * the order of creation in Keras 3, the trainable ones of what is frozen first in Keras 1 and 2.
 */
export function legacyOrder(layer: Layer, keras: LegacyKeras = "3"): readonly Weight[] {
  if (keras !== "3")
    return [...new Set([...olderSide(layer, true, keras), ...olderSide(layer, false, keras)])];
  if (!layer.model)
    return bySide(
      layer.weights.map((weight) => ({ weight, trainable: layer.trainable && weight.trainable })),
    );
  return bySide(modelWeights({ ...layer.model, trainable: layer.trainable && layer.model.trainable }));
}

function bySide(
  states: readonly { readonly weight: Weight; readonly trainable: boolean }[],
): readonly Weight[] {
  const pick = (side: boolean): Weight[] => states.filter((s) => s.trainable === side).map((s) => s.weight);
  return [...pick(true), ...pick(false)];
}

/** What Keras 1 and 2 call the trainable weights of a layer, or the others. */
function olderSide(layer: Layer, trainable: boolean, keras: LegacyKeras): readonly Weight[] {
  const { model } = layer;
  const live = layer.trainable && (model?.trainable ?? true);
  const side = (wanted: boolean): readonly Weight[] =>
    model
      ? asSaved(model.layers, keras).flatMap((part) => olderSide(part, wanted, keras))
      : layer.weights.filter((weight) => weight.trainable === wanted);
  if (trainable) return live ? side(true) : [];
  return live ? side(false) : [...side(true), ...side(false)];
}

/** A layer that has weights of its own: one that a model lists, or one that such a layer holds. */
export interface Owner {
  readonly def?: LayerDef;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Which layer each weight below a layer belongs to. */
export function ownersIn(layer: Layer): ReadonlyMap<Weight, Owner> {
  const layers = (one: Layer): readonly Layer[] => (one.model ? one.model.layers.flatMap(layers) : [one]);
  return new Map(
    layers(layer).flatMap((one) => {
      const owner = ownerAt(one);
      return one.weights.map((weight): [Weight, Owner] => [weight, owner(weight.holder)]);
    }),
  );
}

/** Finds the owner by the path of the part; the same object for the same part. */
function ownerAt(layer: Owner): (holder: string | undefined) => Owner {
  const parts = Object.entries(layer.def?.parts?.(layer.config) ?? {}).map(
    ([path, part]) => [path, ownerAt(part)] as const,
  );
  return (holder) => {
    for (const [path, inside] of parts) {
      if (holder === path) return inside(undefined);
      if (holder?.startsWith(`${path}/`)) return inside(holder.slice(path.length + 1));
    }
    return layer;
  };
}

/** Every layer of a model that is no model itself, from the outside in. */
export const innermost = (model: Model): readonly Layer[] =>
  model.layers.flatMap((layer) => (layer.model ? innermost(layer.model) : [layer]));
