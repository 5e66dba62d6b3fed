import type { Variable } from "./graph.ts";
import type { InnerLayer } from "./layer.ts";
import type { Surroundings } from "./lower.ts";
import type { Layer, Model, Weight } from "./model.ts";
import type { Shape } from "./tensor.ts";

/** The persistent variables of a model, by names that no weight's path can have. */
export const weightVariable = (weight: Weight): Variable => ({
  name: weight.path,
  shape: weight.shape,
  kind: "weight",
});

/** Random numbers of a layer or, under a path, of a layer that it holds. */
export interface Seeded {
  readonly layer: Layer;
  /** "" is the layer itself. */
  readonly part: string;
  /** Their seed and count. */
  readonly variable: Variable;
  /** Undefined where nobody seeded. */
  readonly seed: number | undefined;
}

/** The layers of a model that are no models, nested ones' included, by their paths; one that two models list once. */
function plainLayers(model: Model): ReadonlyMap<Layer, string> {
  const found = new Map<Layer, string>();
  const visit = (m: Model, path: string): void => {
    for (const layer of m.layers) {
      const own = layer.origin ?? layer;
      if (layer.model) visit(layer.model, `${path}${layer.name}/`);
      else if (!found.has(own)) found.set(own, `${path}${layer.name}`);
    }
  };
  visit(model, "");
  return found;
}
const nameOf = (kind: string, path: string, part: string): string =>
  part ? `@${kind}/${path}/${part}` : `@${kind}/${path}`;

/**
 * All random numbers of a model, nested models included, those of a layer that two models list once; a layer that
 * stands inside several draws the same ones in each.
 */
export function seedVariables(model: Model): Seeded[] {
  const known = new Map<number, Variable>();
  return [...plainLayers(model)].flatMap(([layer, path]) =>
    partsOf(layer)
      .filter(({ def, config }) => def.seed?.(config) !== undefined)
      .map(({ part, id }): Seeded => {
        const own: Variable = { name: nameOf("seed", path, part), shape: [2], kind: "seed" };
        const variable = (id === undefined ? undefined : known.get(id)) ?? own;
        if (id !== undefined) known.set(id, variable);
        return { layer, part, variable, seed: part ? layer.part_seeds?.[part] : layer.seed };
      }),
  );
}

interface PartOf extends Pick<InnerLayer, "def" | "config" | "id"> {
  /** "" is the layer itself. */
  readonly part: string;
}
/** A layer and those inside it, by their paths. */
function partsOf({ def, config, id }: Pick<Layer, "def" | "config" | "id">, part = ""): PartOf[] {
  if (!def) return [];
  const inner = Object.entries(def.parts?.(config) ?? {});
  return [
    { def, config, part, ...(id !== undefined && { id }) },
    ...inner.flatMap(([key, one]) => partsOf(one, part ? `${part}/${key}` : key)),
  ];
}

/** What a layer or, under a path, one that it holds, remembers from batch to batch. */
export interface Remembered {
  readonly layer: Layer;
  readonly part: string;
  /** One row each for every row of the batch. */
  readonly variables: readonly Variable[];
}

/** All that layers of a model remember from batch to batch: 0 at first. */
export function rememberedBy(model: Model): Remembered[] {
  return [...plainLayers(model)].flatMap(([layer, path]) =>
    partsOf(layer).flatMap(({ def, config, part }): Remembered[] => {
      const widths = def.remembers?.(config) ?? [];
      if (widths.length === 0 || !layer.built) return [];
      const name = nameOf("remembered", path, part);
      const variables = widths.map((width, k): Variable => ({
        name: `${name}/${k}`,
        shape: [batchOf(layer), width],
        kind: "state",
      }));
      return [{ layer, part, variables }];
    }),
  );
}

/** Whether a layer or one inside it remembers anything, so that the size of batches must be known. */
export const remembers = (layer: Pick<Layer, "def" | "config">): boolean =>
  partsOf(layer).some(({ def, config }) => (def.remembers?.(config) ?? []).length > 0);

/** The size of the batch that a layer was built for. */
function batchOf({ build_shapes = {} }: Layer): number {
  const [shape] = Object.values(build_shapes.shapes_dict ?? build_shapes) as Shape[];
  return shape[0]!;
}

/** Where the variables of a model's own programs are found. */
export function surroundingsOf(model: Model): Surroundings {
  const seeds = new Map<Layer, Map<string, Variable>>();
  for (const { layer, part, variable } of seedVariables(model))
    seeds.set(layer, new Map([...(seeds.get(layer) ?? []), [part, variable]]));
  const held = rememberedBy(model);
  return {
    variable: weightVariable,
    seed: (layer, part = "") => seeds.get(layer)!.get(part)!,
    remembered: (layer, part = "") =>
      held.find((one) => one.layer === layer && one.part === part)?.variables ?? [],
    path: "",
  };
}

/** The update count; a float32, exact up to 2²⁴ updates. */
export const iteration: Variable = { name: "@optimizer/iteration", shape: [], kind: "state" };
export const learningRate: Variable = { name: "@optimizer/learning_rate", shape: [], kind: "state" };
export const slotVariable = (weight: Weight, slot: string): Variable => ({
  name: `@optimizer/${weight.path}/${slot}`,
  shape: weight.shape,
  kind: "slot",
});

/** A running mean: the metric's value is total / count. */
export interface Tracker {
  /** As logs name it. */
  readonly key: string;
  readonly total: Variable;
  readonly count: Variable;
}
export const tracker = (key: string, place: string): Tracker => ({
  key,
  total: { name: `@metrics/${place}/total`, shape: [], kind: "state" },
  count: { name: `@metrics/${place}/count`, shape: [], kind: "state" },
});
