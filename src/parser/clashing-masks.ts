import { unique } from "../ir/build/site.ts";
import { type NameMask, sayingMasks } from "../ir/made-masks.ts";
import type { Model } from "../ir/model.ts";
import { snakeCase } from "../ir/names.ts";

/**
 * A model that says its masks where Keras 3, which makes what nobody says, would give an operation the name of a layer
 * and then refuse the model: two masked inputs of a layer named "concatenate".
 */
export function withoutClashes(model: Model): Model {
  const names = new Set(model.layers.map(({ name }) => name));
  const bases = new Set([...names].map((name) => name.replace(/_\d+$/, "")));
  const given = new Set(names);
  const said = sayingMasks(model, (operation, config) => maskName(operation, config, names));
  // what nobody uses is no part of the model
  const made = said.layers.filter(({ name }) => !given.has(name));
  return made.some(({ class_name }) => bases.has(snakeCase(class_name))) ? said : model;
}

/** Keras 3.0 names operations with options itself; the names of others must not be those of masks that it makes. */
export const maskName = (operation: string, config: Parameters<NameMask>[1], taken: Set<string>): string =>
  unique(Object.keys(config).length > 0 ? snakeCase(operation) : "mask", taken);
