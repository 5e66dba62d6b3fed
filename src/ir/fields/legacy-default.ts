import type { Field } from "../fields.ts";
import { releaseOf } from "./release.ts";

/** The same field, with another default in Keras before it became TensorFlow's own. */
export const legacyDefault = <V, F extends Field<unknown> & { readonly default: V }>(
  value: V,
  field: F,
): F => ({
  ...field,
  keras2_default: (from) => (releaseOf(from)?.tensorflow === false ? value : field.default),
});
