import { losses } from "./losses/index.ts";
import { metrics } from "./metrics/index.ts";
import { optimizers } from "./optimizers/index.ts";
import { ModelError, type Where } from "../diagnostics.ts";
import type { LossDef } from "./loss.ts";
import type { MetricDef } from "./metric.ts";
import { untrainedOptimizers } from "./untrained-optimizers.ts";
import { schedules } from "./schedules/index.ts";
import { type Catalogue, choose, type Chosen, type Inside, type Listed } from "./objects.ts";
import type { OptimizerDef } from "./optimizer.ts";

const spellings = (def: LossDef | MetricDef): readonly string[] => [def.name, def.function, ...def.aliases];

const lossCatalogue: Catalogue<LossDef> = {
  kind: "loss",
  entries: losses as readonly LossDef[],
  names: spellings,
};
const metricCatalogue: Catalogue<MetricDef> = {
  kind: "metric",
  entries: metrics as readonly MetricDef[],
  names: spellings,
};
export const optimizerCatalogue: Catalogue<OptimizerDef> = {
  kind: "optimizer",
  entries: optimizers as readonly OptimizerDef[],
  names: (def) => [def.name],
  fold: (name) => name.toLowerCase(),
  ignored: { jit_compile: [true, false, null], decay: [0, null] },
};

/** The loss that a Keras identifier means. */
export const chooseLoss = (id: unknown, at?: Where, inside?: Inside): Chosen<LossDef> =>
  choose(lossCatalogue, id, at, inside);
/** The metric that a Keras identifier means; `accuracy` of a compiled model is resolved before, by shapes. */
export const chooseMetric = (id: unknown, at?: Where, inside?: Inside): Chosen<MetricDef> =>
  choose(metricCatalogue, id, at, inside);

/** The optimizer of a class; undefined of one that is not known. */
export const optimizerOfClass = (class_name: unknown): OptimizerDef | undefined =>
  (optimizers as readonly OptimizerDef[]).find(({ name }) => name === class_name);

/** The optimizer that a Keras identifier means. */
export function chooseOptimizer(id: unknown, at?: Where, inside?: Inside): Chosen<OptimizerDef> {
  const chosen = choose(optimizerCatalogue, id, at, inside);
  assertOneClip(chosen.config, at);
  return chosen;
}

/** Keras clips in one way alone. */
export function assertOneClip(config: Readonly<Record<string, unknown>>, at?: Where): void {
  const clips = ["clipnorm", "clipvalue", "global_clipnorm"].filter((key) => (config[key] ?? null) !== null);
  if (clips.length < 2) return;
  const message = "Only one of clipnorm, clipvalue and global_clipnorm can be set.";
  throw new ModelError({ code: "bad-option", message, received: clips.join(", "), at });
}

/** What there is of a class of Keras in the catalogue of its module; undefined of one that is not known. */
export function listedIn(module: string, class_name: string): Listed | undefined {
  const lists: Readonly<Record<string, readonly unknown[]>> = {
    "keras.losses": losses,
    "keras.metrics": metrics,
    "keras.optimizers": [...optimizers, ...untrainedOptimizers],
    "keras.optimizers.schedules": schedules,
  };
  return (Object.hasOwn(lists, module) ? (lists[module] as readonly Listed[]) : []).find(
    ({ name }) => name === class_name,
  );
}
