import { type Layer, type Model, objectOf } from "../ir/model.ts";

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

/** The mark of a shared layer in a file. */
export function sharedMark(layer: Layer, shared: Shared): { readonly shared_object_id?: number } {
  const id = shared.get(objectOf(layer));
  return id === undefined ? {} : { shared_object_id: id };
}
