import type { Variable } from "./graph.ts";
import type { Surroundings } from "./lower.ts";
import type { Layer, Model, Weight } from "./model.ts";

/** The persistent variables of a model, by names that no weight's path can have. */
export const weightVariable = (weight: Weight): Variable => ({
  name: weight.path,
  shape: weight.shape,
  kind: "weight",
});

/** The layers of a model that draw random numbers, nested ones included, each with the variable of its seed and count. */
export function seedVariables(model: Model): Map<Layer, Variable> {
  const found = new Map<Layer, Variable>();
  const visit = (m: Model, path: string): void => {
    for (const layer of m.layers) {
      const own = layer.origin ?? layer;
      if (layer.model) visit(layer.model, `${path}${layer.name}/`);
      else if (layer.def?.seed?.(layer.config) !== undefined && !found.has(own)) {
        found.set(own, { name: `@seed/${path}${layer.name}`, shape: [2], kind: "seed" });
      }
    }
  };
  visit(model, "");
  return found;
}

/** Where the variables of a model's own programs are found. */
export function surroundingsOf(model: Model): Surroundings {
  const seeds = seedVariables(model);
  return { variable: weightVariable, seed: (layer) => seeds.get(layer)!, path: "" };
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
