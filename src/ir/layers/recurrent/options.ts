import type {
  ConstraintConfig,
  InitializerConfig,
  RegularizerConfig,
  ActivationConfig,
} from "../../config.ts";
import { type Field, flag, int, keras1, number, type Optional, unsupported } from "../../fields.ts";
import { initializer } from "../../fields/initializer.ts";
import { constraint } from "../../fields/constraint.ts";
import { regularizer } from "../../fields/regularizer.ts";

/** What every cell is told: what a recurrent layer computes at each step. */
export interface CellOptions {
  readonly units: number;
  readonly activation: ActivationConfig;
  readonly use_bias: boolean;
  readonly kernel_initializer: InitializerConfig;
  readonly recurrent_initializer: InitializerConfig;
  readonly bias_initializer: InitializerConfig;
  readonly kernel_regularizer: RegularizerConfig | null;
  readonly kernel_constraint: ConstraintConfig | null;
  readonly recurrent_regularizer: RegularizerConfig | null;
  readonly recurrent_constraint: ConstraintConfig | null;
  readonly bias_regularizer: RegularizerConfig | null;
  readonly bias_constraint: ConstraintConfig | null;
  readonly dropout: number;
  readonly recurrent_dropout: number;
  readonly seed: number | null;
  readonly implementation: number;
}
/** What is told of how steps follow each other and what is given out. */
export interface SequenceOptions {
  readonly return_sequences: boolean;
  readonly return_state: boolean;
  readonly go_backwards: boolean;
  readonly stateful: boolean;
  readonly unroll: boolean;
  readonly zero_output_for_mask: boolean;
}

const rate = { min: 0, max: 1 };

export const units: Field<number> = keras1("output_dim", int(undefined, { min: 1 }));
export const weightOptions = {
  use_bias: flag(true),
  kernel_initializer: keras1("init", initializer("GlorotUniform")),
  recurrent_initializer: keras1("inner_init", initializer("Orthogonal")),
  bias_initializer: initializer("Zeros"),
};
const weightPenalties = {
  kernel_regularizer: keras1("W_regularizer", regularizer()),
  recurrent_regularizer: keras1("U_regularizer", regularizer()),
  bias_regularizer: keras1("b_regularizer", regularizer()),
};
const limits = {
  kernel_constraint: constraint(),
  recurrent_constraint: constraint(),
  bias_constraint: constraint(),
  dropout: keras1("dropout_W", number(0, rate)),
  recurrent_dropout: keras1("dropout_U", number(0, rate)),
};
export const penaltyOptions = { ...weightPenalties, activity_regularizer: regularizer(), ...limits };
/** A cell has no regularizer of its output. */
export const cellPenaltyOptions = { ...weightPenalties, ...limits };
export const sequenceOptions = {
  return_sequences: flag(false),
  return_state: flag(false),
  go_backwards: flag(false),
  stateful: flag(false),
  unroll: flag(false),
};

/** Keras 1's words, and a number that Keras 2 took for the next one. */
const CONSUMED: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  ["cpu", 1],
  ["mem", 1],
  ["gpu", 2],
  [0, 1],
]);
/** 1 drops other inputs for every gate; beyond that it says in which order Keras multiplies. */
export const implementation: Optional<number> = {
  schema: { enum: [0, 1, 2] },
  default: 2,
  keras1: "consume_less",
  keras2: (value) => CONSUMED.get(value) ?? value,
  terse: true,
  keyword_only: true,
};
/** Keras's choice of a kernel on graphics cards, which it does not save. */
export const use_cudnn: Optional<"auto", unknown> = {
  schema: { enum: ["auto", true, false, null] },
  default: "auto",
  read: () => "auto",
  terse: true,
};
export const time_major = unsupported(false, { terse: true, keyword_only: true });
export const lateOptions = {
  zero_output_for_mask: flag(false, { keyword_only: true }),
  implementation,
  time_major,
};
