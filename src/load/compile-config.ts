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
  return {
    ...object,
    config: { ...object.config, name: optimizerName(optimizer), learning_rate: float(learning_rate) },
  };
}

const saved = (module: string, { def, config }: Chosen<Listed>): SavedObject => ({
  module,
  class_name: def.name,
  config: Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, isFloat(def, key) ? float(value) : value]),
  ),
  registered_name: null,
});

/** Keras refuses whole numbers for some of its floats (`momentum=0`), and JSON tells the two apart by their spelling. */
const isFloat = (def: Listed, key: string): boolean =>
  JSON.stringify(def.config[key].schema).includes('"number"');
/** A boxed number is a Python float; everything but `pythonJson` takes it for the number. */
const float = (value: unknown): unknown => (typeof value === "number" ? Object(value) : value);

/** JSON in which floats look like floats: `0.0`. */
export function pythonJson(value: unknown): string {
  if (value instanceof Number)
    return Number.isInteger(value.valueOf()) && Math.abs(value.valueOf()) < 1e16
      ? `${value}.0`
      : String(value);
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return `{${entries.map(([key, part]) => `${JSON.stringify(key)}: ${pythonJson(part)}`).join(", ")}}`;
}

/** Identifiers anywhere in lists and records. */
function written(nest: unknown, module: string, choose: (id: unknown) => Chosen<Listed>): unknown {
  if (nest === undefined || nest === null || typeof nest === "string") return nest ?? null;
  if (Array.isArray(nest)) return nest.map((part) => written(part, module, choose));
  if (typeof nest === "object" && "class_name" in nest) return saved(module, choose(nest));
  return Object.fromEntries(Object.entries(nest).map(([key, part]) => [key, written(part, module, choose)]));
}
