import { isSource, type Layer, type Model, objectOf } from "../ir/model.ts";
import { isRecord } from "./keras-reading.ts";

/** The ids of layers that stand in several places, with the mark under which all these entries name the same object. */
export type Shared = ReadonlyMap<number, number>;

export function sharedLayers(model: Model): Shared {
  const seen = new Set<number>();
  const shared = new Map<number, number>();
  const meet = (id: number | undefined): void => {
    if (id === undefined) return;
    if (seen.has(id) && !shared.has(id)) shared.set(id, shared.size + 1);
    seen.add(id);
  };
  const visit = (m: Model): void => {
    for (const layer of m.layers) {
      meet(objectOf(layer).id);
      layersIn(layer.config).forEach(({ id }) => meet(id));
      if (layer.model) visit(layer.model);
    }
  };
  visit(model);
  return shared;
}

type Config = Readonly<Record<string, unknown>>;
/** A layer as another one's config holds it. */
type Held = { readonly config: Config; readonly id?: number };
const isHeld = (value: unknown): value is Held =>
  isRecord(value) && "name" in value && isRecord(value.config);

/** The layers that a layer's config holds, and those that they hold. */
const layersIn = (config: Config): Held[] =>
  Object.values(config)
    .flat()
    .filter(isHeld)
    .flatMap((held) => [held, ...layersIn(held.config)]);

/** The config as it is written with the marks of the layers that it holds. */
export function withMarks(written: Config, config: Config, shared: Shared): Config {
  const marked = (value: unknown, held: unknown): unknown => {
    if (Array.isArray(value) && Array.isArray(held)) return value.map((one, k) => marked(one, held[k]));
    if (!isRecord(value) || !isRecord(value.config) || !isHeld(held)) return value;
    return { ...value, config: withMarks(value.config, held.config, shared), ...markOf(held.id, shared) };
  };
  return Object.fromEntries(Object.entries(written).map(([key, value]) => [key, marked(value, config[key])]));
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
export const sharedMark = (layer: Layer, shared: Shared): Mark => markOf(objectOf(layer).id, shared);

type Mark = { readonly shared_object_id?: number };
function markOf(id: number | undefined, shared: Shared): Mark {
  const mark = id === undefined ? undefined : shared.get(id);
  return mark === undefined ? {} : { shared_object_id: mark };
}
