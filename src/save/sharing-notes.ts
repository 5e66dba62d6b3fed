import { type Layer, type Model, objectOf } from "../ir/model.ts";
import type { Note } from "../ir/spec.ts";

/** Layers of several models, which an `.h5` file does not say to be one: Keras makes as many of them. */
export function sharingLost(model: Model): Note[] {
  const seen = new Set<Layer>();
  const several = new Set<Layer>();
  const visit = ({ layers }: Model): void => {
    for (const layer of layers) {
      const object = objectOf(layer);
      if (seen.has(object) && (layer.model !== undefined || layer.weights.length > 0)) several.add(object);
      seen.add(object);
      if (layer.model && !several.has(object)) visit(layer.model);
    }
  };
  visit(model);
  return [...several].map(({ name }) => ({
    message:
      "An .h5 file does not say that this layer is one in several models: Keras makes as many of them, which start equal and are trained apart. A .keras file keeps it one.",
    at: { path: name },
  }));
}
