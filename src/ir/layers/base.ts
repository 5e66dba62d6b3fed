import { type Fields, flag } from "../fields.ts";
import { dtype } from "../fields/dtype.ts";
import { regularizer } from "../fields/regularizer.ts";

/** What every layer takes besides its own fields and its name, by keyword. */
export const base = {
  trainable: { ...flag(true), keyword_only: true },
  dtype: dtype(),
  activity_regularizer: { ...regularizer(), keyword_only: true, terse: true },
} as const satisfies Fields;

/** Keys by which Keras lets any layer speak of the shape of its input; they make an InputLayer, not a config. */
export const INPUT_KEYS: ReadonlySet<string> = new Set([
  "input_shape",
  "batch_input_shape",
  "input_dim",
  "batch_size",
  "input_dtype",
]);

/** A layer's own fields in Python's order, then those of every layer that it does not declare itself; a function has no such. */
export function fieldsOf(def: { readonly config: Fields; readonly module?: string }): Fields {
  if (def.module !== undefined) return def.config;
  return {
    ...def.config,
    ...Object.fromEntries(Object.entries(base).filter(([key]) => !Object.hasOwn(def.config, key))),
  };
}

/** Whether a config says by `input_dim` how large the input is, which some layers have as an option of their own. */
export const saysInputDim = (def: { readonly config: Fields } | undefined, config: object): boolean =>
  Object.hasOwn(config, "input_dim") && !Object.hasOwn(def?.config ?? {}, "input_dim");
