import { scheduleOf } from "./fields/learning-rate.ts";
import type { Variable } from "./graph.ts";
import type { Weight } from "./model.ts";
import { snakeCase } from "./names.ts";
import type { Chosen } from "./objects.ts";
import type { OptimizerDef, SharedNumber } from "./optimizer.ts";
import { numel } from "./tensor.ts";
import { iteration, learningRate, slotVariable } from "./variables.ts";

/** A slot of a weight. */
export interface Slot {
  readonly weight: Weight;
  readonly slot: string;
  readonly variable: Variable;
  /** What it holds before the first update. */
  readonly initial: number;
}

/** An optimizer's slots in Keras's order: group by group, in each weight by weight. */
export function slotsOf({ def, config }: Chosen<OptimizerDef>, weights: readonly Weight[]): Slot[] {
  const initial = def.initial?.(config) ?? {};
  return def
    .slots(config)
    .flatMap((group) =>
      weights.flatMap((weight) =>
        group.map((slot) => ({
          weight,
          slot,
          variable: slotVariable(weight, slot),
          initial: initial[slot] ?? 0,
        })),
      ),
    );
}

/** Where the number is kept that all weights share. */
export const sharedVariable = ({ name }: Pick<SharedNumber, "name">): Variable => ({
  name: `@optimizer/${name}`,
  shape: [],
  kind: "state",
});

/** An optimizer's own name: that of its class unless another was given. */
export const optimizerName = ({ def, config }: Chosen<OptimizerDef>): string =>
  typeof config.name === "string" ? config.name : snakeCase(def.name);

/** The optimizer's variables in Keras's order, by Keras's paths; no slots without weights. */
export function optimizerVariables(
  optimizer: Chosen<OptimizerDef>,
  weights: readonly Weight[],
): { path: string; variable: Variable }[] {
  const { def, config } = optimizer;
  const slots = slotsOf(optimizer, weights).map(({ weight, slot, variable }) => ({
    name: `${weight.path.replaceAll("/", "_")}_${slot}`,
    variable,
  }));
  const shared =
    def.shared && weights.length > 0 ? [{ name: def.shared.name, variable: sharedVariable(def.shared) }] : [];
  return [
    { name: "iteration", variable: iteration },
    ...(scheduleOf(config) ? [] : [{ name: "learning_rate", variable: learningRate }]),
    ...slots,
    ...shared,
  ].map(({ name, variable }) => ({ path: `${optimizerName(optimizer)}/${name}`, variable }));
}

/** Elements of all of them once they are built, be it for no weights at all: what Keras's summary counts. */
export function optimizerSize(optimizer: Chosen<OptimizerDef>, weights: readonly Weight[]): number {
  const alone = optimizer.def.shared && weights.length === 0 ? 1 : 0;
  const variables = optimizerVariables(optimizer, weights);
  return variables.reduce((sum, { variable }) => sum + numel(variable.shape), alone);
}
