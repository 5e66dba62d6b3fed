import { type Diagnostic, ModelError } from "../diagnostics.ts";
import { chooseLoss, chooseMetric } from "../ir/catalogues.ts";
import { metricsOf } from "../ir/compile-args.ts";
import { SCHEDULES, scheduleOf } from "../ir/fields/learning-rate.ts";
import type { Generation } from "../ir/fields.ts";
import { unwritable, written } from "../ir/fields/write.ts";
import { arranged, metricOutputs } from "../ir/metrics-by-output.ts";
import type { Chosen, Listed } from "../ir/objects.ts";
import type { OptimizerDef } from "../ir/optimizer.ts";
import { optimizerName } from "../ir/optimizer-variables.ts";
import { learningRate } from "../ir/variables.ts";
import { type Core, kindOf, placeNames } from "../runtime/core.ts";
import { float, withFloats } from "../parser/python-float.ts";

/** A Keras object as `compile_config` holds it. */
export interface SavedObject {
  readonly module: string;
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly registered_name: null;
}

/** What Keras writes of `compile`: names stay names, objects are written out; the learning rate is the present one. */
export function compileConfig(
  core: Core,
  keras: Generation,
  optimizer = ownOptimizer(core, keras),
): Readonly<Record<string, unknown>> {
  const { spec } = core.compile!;
  return {
    optimizer,
    loss: objects(spec.loss, "keras.losses", chooseLoss, keras),
    loss_weights: withFloats(spec.loss_weights ?? null),
    metrics: metricObjects(core, "metrics", keras),
    weighted_metrics: metricObjects(core, "weighted_metrics", keras),
    run_eagerly: false,
    steps_per_execution: 1,
    jit_compile: false,
  };
}

function ownOptimizer(core: Core, keras: Generation): SavedObject | null {
  const { optimizer } = core.compile!;
  return optimizer ? optimizerObject(optimizer, rateOf(core, optimizer, keras), keras) : null;
}

/** The rate as it is now, or its schedule. */
function rateOf({ session }: Core, { config }: Chosen<OptimizerDef>, keras: Generation): unknown {
  const schedule = scheduleOf(config);
  return schedule ? saved(SCHEDULES, schedule, keras) : float(session.view(learningRate)[0]);
}

function optimizerObject(
  optimizer: Chosen<OptimizerDef>,
  learning_rate: unknown,
  keras: Generation,
): SavedObject {
  const object = saved("keras.optimizers", optimizer, keras);
  const name = optimizerName(optimizer);
  const config = { ...object.config, name, learning_rate };
  // without it tf.keras makes the optimizer of its older kind, whose state has another order
  return { ...object, config: keras === "2" ? { ...config, is_legacy_optimizer: false } : config };
}

function saved(module: string, { def, config }: Chosen<Listed>, keras: Generation): SavedObject {
  const problems = unwritable(def.config, config, keras).map(({ key, why }): Diagnostic => ({
    code: keras === "2" ? "not-in-keras-2" : "not-in-keras-3",
    message: `The ${key} of ${def.name} cannot be said to Keras ${keras}: ${why}.`,
    at: { path: "compile" },
  }));
  if (problems.length) throw new ModelError(problems);
  const values = Object.entries(written(def.config, config, keras)).map(([key, value]) => [
    key,
    isFloat(def, key) ? floats(value) : value,
  ]);
  return { module, class_name: def.name, config: Object.fromEntries(values), registered_name: null };
}

const floats = (value: unknown): unknown => (Array.isArray(value) ? value.map(float) : float(value));

/** Keras refuses whole numbers for some of its floats (`momentum=0`), and JSON tells the two apart by their spelling. */
const isFloat = (def: Listed, key: string): boolean =>
  key in def.config && JSON.stringify(def.config[key].schema).includes('"number"');

/** Keras 2 takes a plain list for each of several outputs, and a record where the outputs are one. */
function metricObjects(
  { compile, ir }: Core,
  key: "metrics" | "weighted_metrics",
  keras: Generation,
): unknown {
  const given = compile!.spec[key];
  const outputs = keras === "2" && given ? metricOutputs(ir.outputs) : undefined;
  const lists =
    outputs && metricsOf(key, given, { kind: kindOf(ir.outputs), names: placeNames(ir.outputs), shapes: [] });
  return objects(lists ? arranged(lists, outputs) : given, "keras.metrics", chooseMetric, keras);
}

type Choose = (id: unknown) => Chosen<Listed>;
/** Identifiers anywhere in lists and records. */
function objects(nest: unknown, module: string, choose: Choose, keras: Generation): unknown {
  const part = (one: unknown): unknown => objects(one, module, choose, keras);
  if (nest === undefined || nest === null || typeof nest === "string") return nest ?? null;
  if (Array.isArray(nest)) return nest.map(part);
  if (typeof nest === "object" && "class_name" in nest) return saved(module, choose(nest), keras);
  return Object.fromEntries(Object.entries(nest).map(([key, one]) => [key, part(one)]));
}
