import { chooseMetric } from "../ir/catalogues.ts";
import { isOneOf } from "../ir/compile-args.ts";
import { isRecord } from "../ir/fields/schema.ts";
import { type MetricOutputs, metricOutputs, metricsByOutput } from "../ir/metrics-by-output.ts";
import { leaves, type Model } from "../ir/model.ts";
import { snakeCase } from "../ir/names.ts";
import { functionName } from "./function-name.ts";

type Settings = Readonly<Record<string, unknown>>;
type Kind = "binary" | "sparse_categorical" | "categorical";

/** A metric as whole-model `.h5` files of tf.keras keep it. */
interface Kept {
  readonly class_name: string;
  readonly config: Settings;
}
interface Named extends Kept {
  readonly output: number;
  readonly name: string;
  readonly weighted: boolean;
}

/**
 * The metrics as a tf.keras model keeps them that has been trained: which function and under which name. It takes
 * both word for word from an `.h5` file, and would mistake `accuracy` there, for it knows no labels yet.
 */
export function trainedMetrics(settings: Settings, model: Model): Settings {
  const outputs = metricOutputs(model.outputs);
  if (!outputs) return settings;
  const kinds = kindsOf(settings.loss, outputs, model);
  const read = (key: string): Named[] | undefined =>
    metricsByOutput(settings[key], outputs)?.flatMap((ids, output) =>
      ids.map((id) => ({ ...metricOf(id, kinds[output]), output, weighted: key === "weighted_metrics" })),
    );
  const [metrics, weighted_metrics] = [read("metrics"), read("weighted_metrics")];
  const named = whole([...(metrics ?? []), ...(weighted_metrics ?? [])], outputs);
  const written = (weighted: boolean): unknown =>
    structured(
      named.filter((metric) => metric.weighted === weighted),
      outputs,
    );
  return {
    ...settings,
    ...(metrics && { metrics: written(false) }),
    ...(weighted_metrics && { weighted_metrics: written(true) }),
  };
}

/** What `accuracy` means for every output: labels are not known here, but the loss says what they are. */
function kindsOf(loss: unknown, { keys }: MetricOutputs, model: Model): Kind[] {
  const each = Array.isArray(loss) || (isRecord(loss) && !("class_name" in loss));
  return leaves(model.outputs).map(({ shape }, k) => {
    if (shape.at(-1) === 1) return "binary";
    const own = each ? ((loss as Settings)[k] ?? (loss as Settings)[keys[k]]) : loss;
    return /sparse_?categorical/i.test(identifier(own) ?? "") ? "sparse_categorical" : "categorical";
  });
}

/** The name of a loss or metric: a text, that of a function, or that of a class. */
function identifier(id: unknown): string | undefined {
  if (!isRecord(id)) return typeof id === "string" ? id : undefined;
  return [id.config, id.class_name].find((name) => typeof name === "string");
}

function metricOf(id: unknown, kind: Kind): Omit<Named, "output" | "weighted"> {
  const text = identifier(id) ?? "";
  if (isRecord(id) && isRecord(id.config)) {
    const class_name = typeof id.registered_name === "string" ? id.registered_name : text;
    return { class_name, config: id.config, name: String(id.config.name ?? snakeCase(text)) };
  }
  const known = functionOf(text, kind);
  if (known === undefined) return { class_name: text, config: { dtype: "float32" }, name: snakeCase(text) };
  return { class_name: "MeanMetricWrapper", config: { dtype: "float32", fn: known }, name: text };
}

/** The function that a name means; undefined where it is that of a class. */
function functionOf(name: string, kind: Kind): string | undefined {
  if (isOneOf(name, ["accuracy", "acc"])) return `${kind}_accuracy`;
  if (isOneOf(name, ["crossentropy", "ce"])) return `${kind}_crossentropy`;
  if (name === "AUC" || /[A-Z].*[a-z]/.test(name)) return undefined;
  return functionName(name, chooseMetric);
}

/** With the names that logs show, none of them twice. */
function whole(metrics: readonly Named[], { prefixes }: MetricOutputs): Named[] {
  const taken = new Set<string>();
  return metrics.map((metric) => {
    const prefix = prefixes.length > 1 ? `${prefixes[metric.output]}_` : "";
    const plain = prefix + metric.name;
    const first = metric.weighted && taken.has(plain) ? `${prefix}weighted_${metric.name}` : plain;
    let name = first;
    for (let k = 1; taken.has(name); k++) name = `${first}_${k}`;
    taken.add(name);
    return { ...metric, name };
  });
}

/** A list for every output; by key where the layers have other names, for then tf.keras finds lists in no record. */
function structured(metrics: readonly Named[], { record, keys, prefixes }: MetricOutputs): unknown {
  const lists = keys.map((_key, k) =>
    metrics
      .filter(({ output }) => output === k)
      .map(({ class_name, config, name }): Kept => ({ class_name, config: { ...config, name } })),
  );
  const same = keys.every((key, k) => key === prefixes[k]);
  return record && !same ? Object.fromEntries(keys.map((key, k) => [key, lists[k]])) : lists;
}
