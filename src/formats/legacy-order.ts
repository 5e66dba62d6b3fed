import { modelWeights, type Layer, type Weight } from "../ir/model.ts";

/**
 * The weights of a top-level layer in the order of `.h5` files: the trainable ones of all it contains, then the
 * others. A frozen layer's weights count among the others, so that a frozen part of a nested model moves back.
 */
export function legacyOrder(layer: Layer): readonly Weight[] {
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
