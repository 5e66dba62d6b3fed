import { isRecord } from "./fields/schema.ts";
import { byKey, leaves, type Model } from "./model.ts";
import type { NestOf } from "./spec.ts";

/** The outputs of a model as tf.keras tells their metrics apart, in flat order. */
export interface MetricOutputs {
  readonly record: boolean;
  /** Keys of a record, else the layers' names. */
  readonly keys: readonly string[];
  /** What stands before the names of metrics where there are several: the layers' names. */
  readonly prefixes: readonly string[];
}

/** Undefined where outputs lie in lists or records of their own. */
export function metricOutputs(
  nest: NestOf<{ readonly kind: string; readonly layer: string }>,
): MetricOutputs | undefined {
  const prefixes = numbered(leaves(nest).map(({ layer }) => layer));
  const record = !Array.isArray(nest) && typeof (nest as { readonly kind: unknown }).kind !== "string";
  const keys = record ? byKey(nest as Readonly<Record<string, unknown>>).map(([key]) => key) : prefixes;
  return keys.length === prefixes.length ? { record, keys, prefixes } : undefined;
}

/** What logs call the outputs: Keras 1 and 2 go by their layers where Keras 3 goes by the keys of a record. */
export function logNames({ older, outputs }: Model): { readonly log_names?: readonly string[] } {
  const log_names = older && metricOutputs(outputs)?.prefixes;
  return log_names ? { log_names } : {};
}

/** Repeated names with a number, as tf.keras gives it: also to a name that a number has made before. */
function numbered(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let own = name;
    for (let k = 1; taken.has(own); k++) own = `${name}_${k}`;
    taken.add(own);
    return own;
  });
}

type Lists = readonly (readonly unknown[])[];
const isOne = (nest: unknown): boolean =>
  !Array.isArray(nest) && !(isRecord(nest) && !("class_name" in nest));

/** The metrics in a nest from left to right. */
const flat = (nest: unknown): unknown[] =>
  isOne(nest)
    ? [nest].filter((one) => one !== null && one !== undefined)
    : Object.values(nest as object).flatMap((part) => flat(part));

/**
 * The metrics of every output as Keras 1 and 2 take them: what is no list of lists is for all outputs. Undefined where
 * they do not fit the outputs.
 */
export function metricsByOutput(metrics: unknown, { keys, prefixes }: MetricOutputs): Lists | undefined {
  if (metrics === undefined || metrics === null) return undefined;
  if (keys.length === 1) return [flat(metrics)];
  if (isOne(metrics) || (Array.isArray(metrics) && metrics.every(isOne)))
    return keys.map(() => flat(metrics));
  if (Array.isArray(metrics)) return metrics.length === keys.length ? metrics.map(flat) : undefined;
  const given = metrics as Readonly<Record<string, unknown>>;
  const names = Object.keys(given).every((name) => keys.includes(name)) ? keys : prefixes;
  if (!Object.keys(given).every((name) => names.includes(name))) return undefined;
  return names.map((name) => (Object.hasOwn(given, name) ? flat(given[name]) : []));
}

/** Metrics of every output in the form that all Keras take: a list, or as the outputs themselves. */
export function arranged(lists: Lists, { record, keys }: MetricOutputs): unknown {
  if (keys.length === 1) return lists[0];
  return record ? Object.fromEntries(keys.map((key, k) => [key, lists[k]])) : lists;
}

/** Metrics without the outputs' names that `.h5` files of tf.keras keep before theirs: Keras puts them there again. */
export function withoutPrefixes(lists: Lists, { prefixes }: MetricOutputs): Lists {
  if (prefixes.length === 1) return lists;
  return lists.map((list, k) => list.map((metric) => withoutPrefix(metric, `${prefixes[k]}_`)));
}
function withoutPrefix(metric: unknown, prefix: string): unknown {
  if (!isRecord(metric) || !isRecord(metric.config)) return metric;
  const { name } = metric.config;
  if (typeof name !== "string" || !name.startsWith(prefix)) return metric;
  return { ...metric, config: { ...metric.config, name: name.slice(prefix.length) } };
}

/** The parts of `compile` that tell outputs apart. */
interface Settings {
  readonly loss?: unknown;
  readonly loss_weights?: unknown;
  readonly metrics?: unknown;
  readonly weighted_metrics?: unknown;
}

/** Losses and both kinds of metrics of `compile`, as Keras 1 and 2 wrote them, in the form that all Keras take. */
export function olderSettings<T extends Settings>(
  settings: T,
  nest: NestOf<{ readonly kind: string; readonly layer: string }>,
  prefixed: boolean,
): T {
  const outputs = metricOutputs(nest);
  if (!outputs) return settings;
  const meant = (["metrics", "weighted_metrics"] as const).flatMap((key) => {
    const lists = metricsByOutput(settings[key], outputs);
    return lists ? [[key, arranged(prefixed ? withoutPrefixes(lists, outputs) : lists, outputs)]] : [];
  });
  return { ...settings, ...lossList(settings, outputs), ...(Object.fromEntries(meant) as Partial<T>) };
}

/** Losses by name as a list, where a name is left out: Keras 3 wants all of them where outputs are a list. */
function lossList({ loss, loss_weights }: Settings, { record, keys }: MetricOutputs): Settings {
  const byName = (given: unknown): given is Readonly<Record<string, unknown>> =>
    !isOne(given) && isRecord(given) && Object.keys(given).every((key) => keys.includes(key));
  const isPart = (given: unknown): boolean => byName(given) && Object.keys(given).length < keys.length;
  if (record || !(isPart(loss) || isPart(loss_weights))) return {};
  const list = (given: Readonly<Record<string, unknown>>, missing: unknown): unknown[] =>
    keys.map((key) => (Object.hasOwn(given, key) ? given[key] : missing));
  return {
    ...(byName(loss) && { loss: list(loss, null) }),
    ...(byName(loss_weights) && { loss_weights: list(loss_weights, 1) }),
  };
}
