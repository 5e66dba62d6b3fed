import type { Where } from "../diagnostics.ts";
import type { KerasObject } from "./config.ts";
import type { InitializerDef } from "./initializer.ts";
import { initializers } from "./initializers/index.ts";
import { type Catalogue, choose, type Chosen } from "./objects.ts";
import type { Weight } from "./model.ts";
import type { UniformBetween } from "./random/draws.ts";
import { tableOf } from "./table.ts";

const entries = initializers as readonly unknown[] as readonly InitializerDef[];
/** Initializers by every name that Keras takes: "GlorotUniform", "glorot_uniform". */
export const initializerTable: ReadonlyMap<string, InitializerDef> = tableOf(entries);

const catalogue: Catalogue<InitializerDef> = {
  kind: "initializer",
  entries,
  names: (def) => [def.name, ...def.aliases],
  // Keras 2 wrote the type of the weight
  ignored: { dtype: ["float32", null] },
};

/** The initializer and options that a Keras identifier means; a ModelError that names what is unknown or does not fit. */
export const chooseInitializer = (id: unknown, at?: Where): Chosen<InitializerDef> =>
  choose(catalogue, id, at);

/** The values a weight starts from; `seed` is used where nobody drew one, `uniform` where many numbers are drawn. */
export function initialValues(
  { initializer, shape, pieces, ...weight }: Weight,
  seed: number,
  uniform?: UniformBetween,
): Float32Array {
  const parts = pieces ?? [{ initializer, shape }];
  const drawn = parts.map((part) => drawInitial(part.initializer, part.shape, weight.seed ?? seed, uniform));
  return drawn.length === 1 ? drawn[0] : Float32Array.from(drawn.flatMap((values) => [...values]));
}

/**
 * The values of an initializer. A seed in the initializer's config goes before `seed`, which is the one that its
 * layer drew when it was constructed.
 */
export function drawInitial(
  initializer: KerasObject,
  shape: readonly number[],
  seed: number,
  uniform?: UniformBetween,
): Float32Array {
  const { def, config } = chooseInitializer(initializer);
  return def.draw(config, shape, typeof config.seed === "number" ? config.seed : seed, uniform);
}
