import { chooseLoss, chooseMetric } from "../ir/catalogues.ts";
import type { Chosen, Listed } from "../ir/objects.ts";
import type { OptimizerDef } from "../ir/optimizer.ts";
import { learningRate } from "../ir/variables.ts";
import type { Core } from "../runtime/core.ts";

/** A Keras 3 object as `compile_config` holds it. */
export interface SavedObject {
  readonly module: string;
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly registered_name: null;
}

/** Keras's own name of an optimizer: `adam` unless another was given. */
export const optimizerName = ({ def, config }: Chosen<OptimizerDef>): string =>
  typeof config.name === "string" ? config.name : def.name.toLowerCase();

/** What Keras writes of `compile`: names stay names, objects are written out; the learning rate is the present one. */
export function compileConfig({ compile, session }: Core): {
  readonly optimizer: SavedObject | null;
  readonly [key: string]: unknown;
} {
  const { spec, optimizer } = compile!;
  return {
    optimizer: optimizer ? optimizerObject(optimizer, session.view(learningRate)[0]) : null,
    loss: written(spec.loss, "keras.losses", chooseLoss),
    loss_weights: spec.loss_weights ?? null,
    metrics: written(spec.metrics, "keras.metrics", chooseMetric),
    weighted_metrics: written(spec.weighted_metrics, "keras.metrics", chooseMetric),
    run_eagerly: false,
    steps_per_execution: 1,
    jit_compile: false,
  };
}

function optimizerObject(optimizer: Chosen<OptimizerDef>, learning_rate: number): SavedObject {
  const object = saved("keras.optimizers", optimizer);
  return { ...object, config: { ...object.config, name: optimizerName(optimizer), learning_rate } };
}

const saved = (module: string, { def, config }: Chosen<Listed>): SavedObject => ({
  module,
  class_name: def.name,
  config,
  registered_name: null,
});

/** Identifiers anywhere in lists and records. */
function written(nest: unknown, module: string, choose: (id: unknown) => Chosen<Listed>): unknown {
  if (nest === undefined || nest === null || typeof nest === "string") return nest ?? null;
  if (Array.isArray(nest)) return nest.map((part) => written(part, module, choose));
  if (typeof nest === "object" && "class_name" in nest) return saved(module, choose(nest));
  return Object.fromEntries(Object.entries(nest).map(([key, part]) => [key, written(part, module, choose)]));
}
