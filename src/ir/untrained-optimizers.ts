import { flag, int, nullable, number, type Field } from "./fields.ts";
import { learning_rate } from "./fields/learning-rate.ts";
import type { Weight } from "./model.ts";
import type { Listed } from "./objects.ts";
import { common, epsilon } from "./optimizers/common.ts";
import { numel } from "./tensor.ts";

/** An optimizer of Keras that nothing is trained with here: its options, and how much it keeps of a weight. */
export interface UntrainedOptimizer extends Listed {
  /** Keras 2 has it too, with the same options. */
  readonly keras2?: true;
  /** Elements of its variables for one weight; undefined where that is not known. */
  kept(weight: Weight, config: Readonly<Record<string, unknown>>): number | undefined;
}

const adam = { beta_1: number(0.9), beta_2: number(0.999) };
const patterns: Field<unknown> = {
  schema: {
    anyOf: [{ type: "null" }, { type: "array", items: { type: "string" } }],
    description: "a list of regular expressions",
  },
  default: null,
};

/** Factors for the rows and for the columns of the last two axes; of vectors Keras counts two numbers that it does not use. */
function factored({ shape }: Weight): number {
  if (shape.length < 2) return 2;
  return numel(shape.slice(0, -1)) + numel([...shape.slice(0, -2), ...shape.slice(-1)]);
}

/** What Python's regular expressions spell otherwise than those of JavaScript. */
const OTHERWISE = /[\\{]|\(\?|\[\^?\]|[*+?]\+/;

/** Muon leaves tables, excluded layers and what is no matrix to Adam, which keeps twice as much. */
function ofMuon({ shape, path }: Weight, config: Readonly<Record<string, unknown>>): number | undefined {
  const excluded = (config.exclude_layers ?? []) as readonly string[];
  if (excluded.some((pattern) => OTHERWISE.test(pattern))) return undefined;
  const to_adam =
    shape.length !== 2 ||
    (config.exclude_embeddings === true && path.toLowerCase().includes("embedding")) ||
    excluded.some((pattern) => new RegExp(pattern).test(path));
  return (to_adam ? 2 : 1) * numel(shape);
}

export const untrainedOptimizers: readonly UntrainedOptimizer[] = [
  {
    name: "Adafactor",
    config: {
      learning_rate: learning_rate(0.001),
      beta_2_decay: number(-0.8),
      epsilon_1: number(1e-30),
      epsilon_2: number(1e-3),
      clip_threshold: number(1),
      relative_step: flag(true),
      ...common,
    },
    keras2: true,
    kept: (weight) => factored(weight) + numel(weight.shape),
  },
  {
    name: "Lamb",
    config: { learning_rate: learning_rate(0.001), ...adam, epsilon, ...common },
    kept: ({ shape }) => 2 * numel(shape),
  },
  {
    name: "ScheduleFreeAdamW",
    config: {
      ...{ learning_rate: learning_rate(0.0025), ...adam, epsilon: number(1e-8), warmup_steps: int(0) },
      ...common,
    },
    kept: ({ shape }) => 2 * numel(shape),
  },
  {
    name: "Muon",
    config: {
      learning_rate: learning_rate(0.001),
      adam_beta_1: number(0.9),
      adam_beta_2: number(0.999),
      adam_weight_decay: nullable(number()),
      epsilon,
      ...common,
      exclude_layers: patterns,
      exclude_embeddings: flag(true),
      muon_a: number(3.4445),
      muon_b: number(-4.775),
      muon_c: number(2.0315),
      adam_lr_ratio: number(1),
      momentum: number(0.95),
      ns_steps: int(5),
      nesterov: flag(true),
      rms_rate: nullable(number()),
    },
    kept: ofMuon,
  },
];
