import type { Variable } from "./graph.ts";
import type { InnerLayer } from "./layer.ts";
import type { Surroundings } from "./lower.ts";
import type { Layer, Model, Weight } from "./model.ts";

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

/** All random numbers of a model, nested models included, those of a layer that two models list once. */
export function seedVariables(model: Model): Seeded[] {
  const found = new Map<Layer, Seeded[]>();
  const visit = (m: Model, path: string): void => {
    for (const layer of m.layers) {
      const own = layer.origin ?? layer;
      if (layer.model) visit(layer.model, `${path}${layer.name}/`);
      else if (!found.has(own)) found.set(own, seedsOf(own, `@seed/${path}${layer.name}`));
    }
  };
  visit(model, "");
  return [...found.values()].flat();
}

function seedsOf(layer: Layer, name: string): Seeded[] {
  const seeded = (part: string): Seeded => ({
    layer,
    part,
    variable: { name: part ? `${name}/${part}` : name, shape: [2], kind: "seed" },
    seed: part ? layer.part_seeds?.[part] : layer.seed,
  });
  return layer.def ? drawingParts({ def: layer.def, config: layer.config }).map(seeded) : [];
}

/** The paths of a layer and of those inside it that draw random numbers. */
const drawingParts = ({ def, config }: Pick<InnerLayer, "def" | "config">): string[] => [
  ...(def.seed?.(config) === undefined ? [] : [""]),
  ...Object.entries(def.parts?.(config) ?? {}).flatMap(([key, part]) =>
    drawingParts(part).map((path) => (path ? `${key}/${path}` : key)),
  ),
];

/** Where the variables of a model's own programs are found. */
export function surroundingsOf(model: Model): Surroundings {
  const seeds = new Map<Layer, Map<string, Variable>>();
  for (const { layer, part, variable } of seedVariables(model))
    seeds.set(layer, new Map([...(seeds.get(layer) ?? []), [part, variable]]));
  return { variable: weightVariable, seed: (layer, part = "") => seeds.get(layer)!.get(part)!, path: "" };
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
