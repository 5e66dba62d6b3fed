import { flag, number, oneOf, text } from "../fields.ts";
import type { Field, Optional } from "../fields.ts";
import type { Reduction } from "../reduction.ts";

/** Keras's `backend.epsilon()`: probabilities are kept this far from 0 and 1. */
export const EPSILON = 1e-7;

export const from_logits = flag(false);
export const label_smoothing = number(0, { min: 0, max: 1 });

/** Spellings of one reduction: Keras 3's `mean` and tf.keras's `auto` are `sum_over_batch_size`. */
const reduction: Optional<Reduction, string> = {
  ...oneOf(["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "auto"], "sum_over_batch_size"),
  default: "sum_over_batch_size",
  at_once: { enum: ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", null] },
  unwritable: (value, keras) =>
    keras === "2" && value === "mean_with_sample_weight" ? `it has no reduction ${value}` : undefined,
  read: (value) => (value === "mean" || value === "auto" ? "sum_over_batch_size" : (value as Reduction)),
};

/** null or "float32": everything here is computed in float32. */
export const dtype: Optional<string | null> = {
  schema: { enum: [null, "float32"], description: 'null or "float32" (nothing else is supported)' },
  default: null,
  terse: true,
};

type CommonFields = {
  readonly reduction: Optional<Reduction, string>;
  readonly name: Optional<string>;
  readonly dtype: Optional<string | null>;
};
/** The fields every loss has, in the order of Keras's arguments. */
export const common = (name: string): CommonFields => ({ reduction, name: text(name), dtype });
/** The same with further fields after `reduction`. */
export function commonWith<const F extends Readonly<Record<string, Field<unknown>>>>(
  name: string,
  more: F,
): Pick<CommonFields, "reduction"> & F & Pick<CommonFields, "name" | "dtype"> {
  return { reduction, ...more, name: text(name), dtype };
}
