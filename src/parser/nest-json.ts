import type { Value } from "../ir/model.ts";
import type { NestOf } from "../ir/spec.ts";

export const isOne = (nest: NestOf<Value>): nest is Value =>
  !Array.isArray(nest) && typeof (nest as Value).kind === "string";

/** A nest of values in the same form, each as `leaf` has it. */
export function nestJson(nest: NestOf<Value>, leaf: (value: Value) => unknown): unknown {
  if (Array.isArray(nest)) return (nest as readonly NestOf<Value>[]).map((part) => nestJson(part, leaf));
  if (isOne(nest)) return leaf(nest);
  return Object.fromEntries(
    Object.entries(nest as Record<string, NestOf<Value>>).map(([key, part]) => [key, nestJson(part, leaf)]),
  );
}

/**
 * One tensor stands in a list of its own: Keras before 3.11 reads nothing else. Later ones read it, too, with a warning
 * when the model is called; there is no form that both take in silence.
 */
export const listed = (nest: NestOf<Value>, leaf: (value: Value) => unknown): unknown =>
  isOne(nest) ? [leaf(nest)] : nestJson(nest, leaf);
