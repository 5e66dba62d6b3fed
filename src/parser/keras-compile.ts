import { foreignName } from "../ir/foreign.ts";
import type { Where } from "../diagnostics.ts";
import { optimizerOfClass } from "../ir/catalogues.ts";
import type { Fields, OlderKeras } from "../ir/fields.ts";
import { releaseOf } from "../ir/fields/release.ts";
import type { OptimizerDef } from "../ir/optimizer.ts";
import type { CompileSpec } from "../ir/spec.ts";
import { isRecord, type Json } from "./keras-reading.ts";

/** What `compile` was given, from `compile_config` or the `training_config` of an HDF5 file; undefined where nothing. */
export function compileSpec(config: Json, at: Where, older?: OlderKeras): CompileSpec | undefined {
  const { optimizer = config.optimizer_config, loss, loss_weights, metrics, weighted_metrics } = config;
  if (optimizer === undefined && loss === undefined) return undefined;
  const said = {
    loss: unwrapped(loss),
    metrics: unwrapped(metrics),
    weighted_metrics: unwrapped(weighted_metrics),
  };
  const meant = older ? withAccuracy(said, older) : said;
  const given = { optimizer: olderOptimizer(optimizer, older), loss_weights, ...meant };
  return { ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)), at };
}

/** Classes that TensorFlow wraps around a function, whose own name says which loss or metric it is. */
const WRAPPERS = new Set<unknown>(["MeanMetricWrapper", "LossFunctionWrapper"]);

/** Losses and metrics without the function that tf.keras writes beside their class. */
function unwrapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapped);
  if (!isRecord(value)) return value;
  const { class_name, config } = value;
  if (typeof class_name !== "string" || !isRecord(config) || !Object.hasOwn(config, "fn"))
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, unwrapped(part)]));
  const { fn, ...rest } = config;
  const name = isRecord(fn) ? (foreignName(fn) ?? fn.config) : fn;
  return {
    ...value,
    class_name: WRAPPERS.has(class_name) && typeof name === "string" ? name : class_name,
    config: rest,
  };
}

type Trained = Pick<CompileSpec, "loss" | "metrics" | "weighted_metrics">;

/** Until TensorFlow 2.2 `accuracy` beside the binary crossentropy was the binary one, however many outputs there were. */
function withAccuracy(said: Trained, older: OlderKeras): Trained {
  const release = releaseOf(older);
  if (!release || release.number >= (release.tensorflow ? 20300 : 20400)) return said;
  if (said.loss !== "binary_crossentropy") return said;
  const binary = (metric: unknown): unknown => {
    if (Array.isArray(metric)) return metric.map(binary);
    return metric === "accuracy" || metric === "acc"
      ? { class_name: "BinaryAccuracy", config: { name: metric } }
      : metric;
  };
  return { ...said, metrics: binary(said.metrics), weighted_metrics: binary(said.weighted_metrics) };
}

/** tf.keras registers its own optimizers as somebody else's: "Custom>AdamW". */
const registered = (said: unknown): unknown =>
  isRecord(said) && typeof said.class_name === "string"
    ? { ...said, class_name: said.class_name.replace(/^Custom>/, "") }
    : said;

/** An optimizer in the words of Keras 3. */
function olderOptimizer(said: unknown, older: OlderKeras | undefined): unknown {
  const optimizer = registered(said);
  if (!isRecord(optimizer) || !isRecord(optimizer.config)) return optimizer;
  if (!older) return { ...optimizer, config: withRate(optimizer.config) };
  // the newer optimizers of tf.keras say that they are no legacy
  const { is_legacy_optimizer = true, ...given } = optimizer.config;
  const legacy = is_legacy_optimizer === true;
  const def =
    legacy && typeof optimizer.class_name === "string" ? optimizerOfClass(optimizer.class_name) : undefined;
  const config = withRate(def ? renamed(given, def) : given, countsFirst(older));
  const all = def ? { ...unsaid(def.config, config, older), ...config } : config;
  return { ...optimizer, config: { ...clippedTogether(all, older), is_legacy_optimizer } };
}

/** Options under the names of today. */
export function renamed(config: Json, { legacy }: OptimizerDef): Json {
  const names = legacy?.renamed ?? {};
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [Object.hasOwn(names, key) ? names[key] : key, value]),
  );
}

/** What goes without saying in that Keras. */
const unsaid = (fields: Fields, config: Json, older: OlderKeras): Json =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([key, field]) =>
      field.keras2_default && !Object.hasOwn(config, key) ? [[key, field.keras2_default(older)]] : [],
    ),
  );

/** The config of an optimizer with one learning rate instead of the `lr` and the `decay` of older Keras. */
export function withRate({ lr, decay, ...config }: Json, counted = false): Json {
  const learning_rate = config.learning_rate ?? lr;
  return {
    ...config,
    ...(learning_rate !== undefined && { learning_rate: slowed(learning_rate, decay, counted) }),
  };
}

/** `decay` divided the rate by 1 + decay · updates; `counted`: the one that is being made among them. */
function slowed(learning_rate: unknown, decay: unknown, counted: boolean): unknown {
  if (typeof learning_rate !== "number" || typeof decay !== "number" || decay === 0) return learning_rate;
  const first = counted ? 1 + decay : 1;
  const [initial_learning_rate, decay_rate] = [learning_rate / first, decay / first];
  const config = { initial_learning_rate, decay_steps: 1, decay_rate, staircase: false };
  return { class_name: "InverseTimeDecay", config };
}

/** Keras 2.3 on TensorFlow read the count of updates when it had gone up. */
function countsFirst(older: OlderKeras | undefined): boolean {
  const release = older && releaseOf(older);
  return release?.tensorflow === false && Math.floor(release.number / 100) === 203;
}

/** `clipnorm` bounded the norm of all gradients together until Keras became TensorFlow's; 0 bounded none. */
function clippedTogether(config: Json, older: OlderKeras | undefined): Json {
  if (typeof config.clipnorm !== "number" || !older || releaseOf(older)?.tensorflow !== false) return config;
  const { clipnorm, ...rest } = config;
  return clipnorm === 0 ? rest : { ...rest, global_clipnorm: clipnorm };
}
