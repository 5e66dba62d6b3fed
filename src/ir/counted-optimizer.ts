import { ModelError, type Where } from "../diagnostics.ts";
import { optimizerCatalogue } from "./catalogues.ts";
import { flag, type Field } from "./fields.ts";
import type { Weight } from "./model.ts";
import { type Catalogue, choose, type Chosen, type Listed } from "./objects.ts";
import type { OptimizerDef } from "./optimizer.ts";
import { optimizerSize } from "./optimizer-variables.ts";
import { common } from "./optimizers/common.ts";
import { numel } from "./tensor.ts";
import { scheduleOf } from "./fields/learning-rate.ts";
import { untrainedOptimizers, type UntrainedOptimizer } from "./untrained-optimizers.ts";

/** Options that nothing is trained with here, but that Keras makes variables for. */
const accumulation = common.gradient_accumulation_steps;
const uncommon: Readonly<Record<string, Field<unknown>>> = {
  use_ema: flag(false),
  gradient_accumulation_steps: { schema: accumulation.at_once as Field<unknown>["schema"], default: null },
};

type Counted = Listed & Pick<Partial<UntrainedOptimizer>, "kept"> & Pick<Partial<OptimizerDef>, "shared">;

const catalogue: Catalogue<Counted> = {
  ...(optimizerCatalogue as Catalogue<Listed>),
  entries: [...optimizerCatalogue.entries, ...untrainedOptimizers].map((def) => ({
    ...def,
    config: { ...def.config, ...uncommon },
  })),
};

/** An optimizer that is counted here, with its options. */
export const chooseCounted = (id: unknown, at?: Where): Chosen<Counted> => choose(catalogue, id, at);

/**
 * Elements of the variables of an optimizer that was built for these weights, be it for none at all: what Keras's
 * summary counts. Of optimizers that Keras has and nothing is trained with here as well.
 */
export function countedSize(id: unknown, weights: readonly Weight[]): number {
  const chosen = chooseCounted(id);
  const { use_ema, gradient_accumulation_steps: steps } = chosen.config;
  const copies = (use_ema === true ? 1 : 0) + (typeof steps === "number" && steps > 0 ? 1 : 0);
  return ownSize(chosen, weights) + copies * sum(weights.map(({ shape }) => numel(shape)));
}

function ownSize({ def, config }: Chosen<Counted>, weights: readonly Weight[]): number {
  if (!def.kept) return optimizerSize({ def: def as OptimizerDef, config }, weights);
  const kept = weights.map((weight) => def.kept!(weight, config));
  if (kept.includes(undefined))
    throw new ModelError({
      code: "unknown-optimizer",
      message: `How much the optimizer ${def.name} keeps cannot be told.`,
      expected: "exclude_layers of plain names",
      received: JSON.stringify(config.exclude_layers),
    });
  return 1 + (scheduleOf(config) ? 0 : 1) + sum(kept as number[]);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
