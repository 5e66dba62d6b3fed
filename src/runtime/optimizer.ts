import { ModelError } from "../diagnostics.ts";
import { notSettable, scheduleOf } from "../ir/fields/learning-rate.ts";
import { show } from "../ir/fields/schema.ts";
import type { Variable } from "../ir/graph.ts";
import type { Chosen } from "../ir/objects.ts";
import type { OptimizerDef } from "../ir/optimizer.ts";
import { trainableWeights } from "../ir/train.ts";
import { optimizerSize, optimizerVariables } from "../ir/optimizer-variables.ts";
import { iteration, learningRate } from "../ir/variables.ts";
import type { Core } from "./core.ts";
import { rateAfter } from "./standalone.ts";

/** A weight or an optimizer's variable; `data` is a live view of its memory. */
export interface ModelWeight {
  readonly path: string;
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly trainable: boolean;
  readonly data: Float32Array;
}

/** The optimizer of a compiled model. */
export interface ModelOptimizer {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** The rate of the next step; may be set at any time, but for that of a schedule. */
  learning_rate: number;
  /** Its count of steps, its learning rate and, from the first step on, its slots: in Keras's order. */
  readonly variables: readonly ModelWeight[];
}

/** Elements of the optimizer's variables, where the summary counts them. */
export function countedParams(core: Core): number | undefined {
  const opened = core.openedOptimizer;
  if (opened?.problem) throw opened.problem;
  if (opened) return opened.size;
  const optimizer = core.optimizerBuilt ? core.compile?.optimizer : undefined;
  return optimizer && optimizerSize(optimizer, trainableWeights(core.ir));
}

/** The optimizer as its model shows it. */
export function optimizerOf(core: Core, optimizer: Chosen<OptimizerDef>): ModelOptimizer {
  const schedule = scheduleOf(optimizer.config);
  return {
    name: optimizer.def.name,
    config: schedule
      ? optimizer.config
      : { ...optimizer.config, learning_rate: core.session.view(learningRate)[0] },
    get learning_rate() {
      return schedule
        ? rateAfter(schedule, core.session.view(iteration)[0])
        : core.session.view(learningRate)[0];
    },
    set learning_rate(rate) {
      if (schedule) throw notSettable(schedule);
      core.session.view(learningRate)[0] = checkedRate(rate);
    },
    get variables() {
      const trained = core.optimizerBuilt ? trainableWeights(core.ir) : [];
      return optimizerVariables(optimizer, trained).map((state) => optimizerVariable(core, state));
    },
  };
}

function checkedRate(rate: unknown): number {
  if (typeof rate === "number") return rate;
  throw new ModelError({
    code: "bad-option",
    message: "The learning rate does not fit.",
    expected: "a number",
    received: show(rate),
  });
}

const optimizerVariable = (
  { session }: Core,
  { path, variable }: { readonly path: string; readonly variable: Variable },
): ModelWeight => ({
  path,
  name: path.slice(path.indexOf("/") + 1),
  shape: variable.shape,
  dtype: variable.name === iteration.name ? "int64" : "float32",
  trainable: false,
  get data() {
    return session.view(variable);
  },
});
