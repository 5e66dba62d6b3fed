import { isSource, type Layer, type Model, objectOf } from "../ir/model.ts";

/** Layers that two models list, with the id under which both entries name the same object. */
export type Shared = ReadonlyMap<Layer, number>;

export function sharedLayers(model: Model): Shared {
  const shared = new Map<Layer, number>();
  const visit = (m: Model): void => {
    for (const layer of m.layers) {
      if (layer.origin && !shared.has(layer.origin)) shared.set(layer.origin, shared.size + 1);
      if (layer.model) visit(layer.model);
    }
  };
  visit(model);
  return shared;
}

/**
 * How many calls each listed layer has before those of the model that lists it, in the models that are read first: the
 * readers of Keras 3 know a layer's calls by their numbers among all of them.
 */
export function callsBefore(root: Model): ReadonlyMap<Layer, number> {
  const before = new Map<Layer, number>();
  const counts = new Map<Layer, number>();
  const seen = new Set<Model>();
  const visit = (model: Model): void => {
    if (seen.has(model)) return;
    seen.add(model);
    for (const layer of model.layers) if (layer.model) visit(layer.model);
    model.layers.forEach((layer, k) => {
      if (isSource(layer)) return;
      const known = counts.get(objectOf(layer)) ?? 0;
      before.set(layer, known);
      // a Sequential that begins with its input is built anew with every layer that is added
      const rebuilt = model.class_name === "Sequential" && isSource(model.layers[0]);
      counts.set(objectOf(layer), known + (rebuilt ? model.layers.length - k : layer.calls.length));
    });
  };
  visit(root);
  return before;
}

/** The mark of a shared layer in a file. */
export function sharedMark(layer: Layer, shared: Shared): { readonly shared_object_id?: number } {
  const id = shared.get(objectOf(layer));
  return id === undefined ? {} : { shared_object_id: id };
}
