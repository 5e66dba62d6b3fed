import { anything, flag, number, oneOf, type OptionSchemas, orNull, text, whole } from "../ir/options.ts";
import type { SummaryOptions } from "../ir/summary.ts";
import type { EvaluateOptions } from "./evaluate.ts";

/** Keras's `compile` options: names, or objects with class_name and config. */
export interface CompileOptions {
  readonly optimizer?: unknown;
  readonly loss?: unknown;
  readonly metrics?: unknown;
  readonly loss_weights?: unknown;
  readonly weighted_metrics?: unknown;
}

/** Options of one step on one batch. */
export interface BatchOptions {
  readonly sample_weight?: unknown;
  readonly class_weight?: Readonly<Record<number, number>>;
  readonly return_dict?: boolean;
}

/** What the options of the model's methods take. */
export const SUMMARY: OptionSchemas<SummaryOptions> = {
  keras: text,
  line_length: number,
  columns: number,
  positions: { type: "array", items: number, description: "a list of numbers" },
  expand_nested: flag,
  show_trainable: flag,
  layer_range: {
    type: "array",
    items: text,
    minItems: 2,
    maxItems: 2,
    description: "the names of the first and the last layer, or patterns of them",
  },
  optimizer_params: whole(0),
};
const CLASS_WEIGHT = orNull({ type: "object", description: "a record of weights by class number" });
export const EVALUATE: OptionSchemas<EvaluateOptions> = {
  batch_size: orNull(whole(1)),
  sample_weight: anything,
  return_dict: flag,
  verbose: oneOf(0, 1, 2, "auto"),
};
export const BATCH: OptionSchemas<BatchOptions> = {
  sample_weight: anything,
  class_weight: CLASS_WEIGHT,
  return_dict: flag,
};
export const GRADIENTS = { sample_weight: anything, class_weight: CLASS_WEIGHT };
