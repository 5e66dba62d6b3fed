import { type Diagnostic, ModelError, problemsOf, type Where } from "../diagnostics.ts";
import { chooseLoss, chooseMetric, chooseOptimizer } from "./catalogues.ts";
import { show } from "./fields/schema.ts";
import type { Sizes } from "./graph.ts";
import type { LossDef } from "./loss.ts";
import { shapeText } from "./losses/labels.ts";
import type { MetricDef } from "./metric.ts";
import type { Chosen, Inside } from "./objects.ts";
import type { OptimizerDef } from "./optimizer.ts";
import { sameRank } from "./reduction.ts";
import type { CompileSpec } from "./spec.ts";

/** The outputs of a model as `compile` and labels refer to them, in Keras's flat order. */
export interface Outputs {
  readonly kind: "one" | "list" | "record";
  readonly names: readonly string[];
  /** What logs call them, where that is something else. */
  readonly log_names?: readonly string[];
  readonly shapes: readonly Sizes[];
}
const logName = ({ names, log_names = names }: Outputs, output: number): string => log_names[output];
/** Shapes of what a call brings for every output; undefined where it brings nothing. */
export interface Signature {
  readonly labels: readonly (Sizes | undefined)[];
  readonly weights: readonly (Sizes | undefined)[];
}

export interface OutputLoss extends Chosen<LossDef> {
  readonly output: number;
  /** As logs name it: `<output>_loss`. */
  readonly key: string;
  readonly weight: number | null;
}
export interface OutputMetric extends Chosen<MetricDef> {
  readonly output: number;
  /** The metric's own name, without the output's. */
  readonly name: string;
  /** As logs name it. */
  readonly key: string;
  readonly weighted: boolean;
}
/** `compile`'s arguments with every name resolved for labels of given shapes. */
export interface Compiled {
  readonly losses: readonly OutputLoss[];
  /** Names under which logs have the losses of single outputs. */
  readonly loss_keys: readonly string[];
  readonly metrics: readonly OutputMetric[];
}

/** The arguments alone, without their places. */
export const settingsOf = ({
  at: _at,
  key_at: _places,
  own_code: _own,
  ...settings
}: CompileSpec): Omit<CompileSpec, "at" | "key_at" | "own_code"> => settings;
/** Where an argument of `compile` stands. */
const placeOf = ({ at, key_at }: CompileSpec, key: keyof CompileSpec): Where => key_at?.[key] ?? at;
/** Where an option of the object stands that an argument is. */
const insideOf =
  ({ key_at }: CompileSpec, argument: keyof CompileSpec): Inside =>
  (key) =>
    key_at?.[`${argument}.${key}`];

type PerOutput = readonly unknown[];
const isRecord = (v: unknown): v is Readonly<Record<string, unknown>> =>
  typeof v === "object" && v !== null && !Array.isArray(v);
/** A Keras object rather than a record by output name. */
const isObject = (v: unknown): boolean => isRecord(v) && typeof v.class_name === "string";

function refuse(argument: string, outputs: Outputs, received: unknown, at?: Where): never {
  const expected = `a value, a list of ${outputs.names.length}, or a record with keys ${outputs.names.join(", ")}`;
  const message = `${argument} does not match the outputs of the model.`;
  throw new ModelError({ code: "compile-structure", message, expected, received: show(received), at });
}

/** A record by output name as a list; `partial` lets names be left out. */
function byName(argument: string, outputs: Outputs, given: object, partial: boolean, at?: Where): PerOutput {
  const keys = Object.keys(given);
  const known = keys.every((key) => outputs.names.includes(key));
  if (!known || (!partial && keys.length !== outputs.names.length)) refuse(argument, outputs, given, at);
  return outputs.names.map((name) =>
    Object.hasOwn(given, name) ? (given as Record<string, unknown>)[name] : null,
  );
}

/** The loss of every output as it was given; null where it has none. */
export function lossesOf(loss: unknown, outputs: Outputs, at?: Where): PerOutput {
  if (loss === undefined || loss === null) return outputs.names.map(() => null);
  if (Array.isArray(loss))
    return loss.length === outputs.names.length ? loss : refuse("loss", outputs, loss, at);
  if (isRecord(loss) && !isObject(loss)) return byName("loss", outputs, loss, outputs.kind === "record", at);
  return outputs.names.map(() => loss);
}

function weightsOf(
  weights: unknown,
  loss: unknown,
  outputs: Outputs,
  at?: Where,
): readonly (number | null)[] {
  if (weights === undefined || weights === null) return outputs.names.map(() => null);
  const single = !Array.isArray(loss) && (!isRecord(loss) || isObject(loss));
  const list = listOfWeights(weights, single, outputs, at);
  if (list.some((w) => w !== null && typeof w !== "number")) refuse("loss_weights", outputs, weights, at);
  return list as (number | null)[];
}
function listOfWeights(weights: unknown, single: boolean, outputs: Outputs, at?: Where): PerOutput {
  if (typeof weights === "number" && single) return outputs.names.map(() => weights);
  if (Array.isArray(weights) && weights.length === outputs.names.length) return weights;
  if (isRecord(weights)) return byName("loss_weights", outputs, weights, false, at);
  return refuse("loss_weights", outputs, weights, at);
}

/** The metrics of every output as Keras 3 takes them. */
export function metricsOf(
  argument: string,
  metrics: unknown,
  outputs: Outputs,
  at?: Where,
): readonly PerOutput[] {
  if (metrics === undefined || metrics === null) return outputs.names.map(() => []);
  if (typeof metrics !== "object" || isObject(metrics)) refuse(argument, outputs, metrics, at);
  if (outputs.names.length === 1) {
    if (isRecord(metrics)) byName(argument, outputs, metrics, true, at);
    return [flatten(metrics)];
  }
  const list = Array.isArray(metrics) ? metrics : byName(argument, outputs, metrics, true, at);
  if (list.length === 0) return outputs.names.map(() => []);
  if (list.length !== outputs.names.length) refuse(argument, outputs, metrics, at);
  return list.map((one) => (one === null ? [] : Array.isArray(one) ? one : [one]));
}
/** Leaves no deeper than anybody nests; what lies deeper is refused as a metric. */
function flatten(nest: unknown, depth = 8): unknown[] {
  if (depth === 0) return [nest];
  if (Array.isArray(nest)) return nest.flatMap((part) => flatten(part, depth - 1));
  return isRecord(nest) && !isObject(nest)
    ? Object.keys(nest)
        .sort()
        .flatMap((key) => flatten(nest[key], depth - 1))
    : [nest];
}

/** Which kind `accuracy` and `crossentropy` mean, by shapes alone. */
function kindOf(y: Sizes, p: Sizes): "Binary" | "SparseCategorical" | "Categorical" {
  if (p.at(-1) === 1) return "Binary";
  return y.length < p.length || y.at(-1) === 1 ? "SparseCategorical" : "Categorical";
}
export const isOneOf = (id: unknown, words: readonly string[]): boolean =>
  typeof id === "string" && words.includes(id.toLowerCase());

function checkLabels(what: string, misfit: string | undefined, y: Sizes, output: string, at?: Where): void {
  if (misfit === undefined) return;
  const message = `The labels of output ${output} do not fit ${what}.`;
  throw new ModelError({ code: "label-shape", message, expected: misfit, received: shapeText(y), at });
}

function resolveLoss(
  id: unknown,
  output: number,
  weight: number | null,
  o: Outputs,
  s: Signature,
  at?: Where,
): OutputLoss {
  const [y, p] = [s.labels[output], o.shapes[output]];
  const name = o.names[output];
  if (!y) {
    throw new ModelError({
      code: "missing-labels",
      message: `Output ${name} has a loss but no labels were given.`,
      at,
    });
  }
  const chosen = chooseLoss(isOneOf(id, ["crossentropy", "ce"]) ? `${kindOf(y, p)}Crossentropy` : id, at);
  checkLabels(
    `the loss ${chosen.def.name}`,
    chosen.def.misfit(chosen.config, ...sameRank(y, p)),
    y,
    name,
    at,
  );
  return { ...chosen, output, weight, key: `${logName(o, output)}_loss` };
}

function resolveMetric(
  id: unknown,
  output: number,
  o: Outputs,
  s: Signature,
  at?: Where,
): Omit<OutputMetric, "key" | "weighted"> {
  const [y, p] = [s.labels[output], o.shapes[output]];
  if (!y) {
    const message = `Output ${o.names[output]} has a metric but no labels were given.`;
    throw new ModelError({ code: "missing-labels", message, at });
  }
  const chosen = chooseMetric(isOneOf(id, ["accuracy", "acc"]) ? `${kindOf(y, p)}Accuracy` : id, at);
  checkLabels(
    `the metric ${chosen.def.name}`,
    chosen.def.misfit(chosen.config, y, p, o.log_names !== undefined),
    y,
    o.names[output],
    at,
  );
  return { ...chosen, output, name: typeof id === "string" ? id : String(chosen.config.name) };
}

/** Names made unique as Keras does: a repeated weighted one is `weighted_…`, any further one is numbered. */
function nameMetrics(list: readonly Omit<OutputMetric, "key">[], outputs: Outputs): OutputMetric[] {
  const seen = new Map<string, number>();
  return list.map((metric) => {
    const prefix = outputs.names.length > 1 ? `${logName(outputs, metric.output)}_` : "";
    let key = prefix + metric.name;
    if (seen.has(key) && metric.weighted) key = `${prefix}weighted_${metric.name}`;
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    return { ...metric, key: times ? `${key}_${times}` : key };
  });
}

/** Resolves `compile`'s arguments for labels of these shapes; ModelErrors say which argument does not fit. */
export function resolveCompile(spec: CompileSpec, outputs: Outputs, signature: Signature): Compiled {
  const at = (key: keyof CompileSpec): Where => placeOf(spec, key);
  const weights = weightsOf(spec.loss_weights, spec.loss, outputs, at("loss_weights"));
  const losses = lossesOf(spec.loss, outputs, at("loss")).flatMap((id, k) =>
    id === null || id === undefined ? [] : [resolveLoss(id, k, weights[k], outputs, signature, at("loss"))],
  );
  const every = (argument: "metrics" | "weighted_metrics"): Omit<OutputMetric, "key">[] =>
    metricsOf(argument, spec[argument], outputs, at(argument)).flatMap((ids, k) =>
      ids.map((id) => ({
        ...resolveMetric(id, k, outputs, signature, at(argument)),
        weighted: argument === "weighted_metrics",
      })),
    );
  const metrics = nameMetrics([...every("metrics"), ...every("weighted_metrics")], outputs);
  return { losses, loss_keys: loggedLosses(losses, outputs), metrics };
}

/** Keras 3 logs the outputs' own losses where several have one, Keras 1 and 2 where there are several outputs. */
function loggedLosses(losses: readonly OutputLoss[], { names, log_names }: Outputs): string[] {
  const several = log_names ? names.length > 1 : losses.length > 1;
  return several ? losses.map(({ key }) => key) : [];
}

/** Problems that do not depend on labels, found before any data arrives; returns the optimizer. */
export function checkCompile(spec: CompileSpec, outputs: Outputs): Chosen<OptimizerDef> | undefined {
  const at = (key: keyof CompileSpec): Where => placeOf(spec, key);
  weightsOf(spec.loss_weights, spec.loss, outputs, at("loss_weights"));
  for (const id of lossesOf(spec.loss, outputs, at("loss"))) {
    if (id !== null && id !== undefined && !isOneOf(id, ["crossentropy", "ce"]))
      chooseLoss(id, at("loss"), insideOf(spec, "loss"));
  }
  for (const argument of ["metrics", "weighted_metrics"] as const) {
    for (const id of metricsOf(argument, spec[argument], outputs, at(argument)).flat()) {
      if (!isOneOf(id, ["accuracy", "acc"])) chooseMetric(id, at(argument));
    }
  }
  return spec.optimizer === null
    ? undefined
    : chooseOptimizer(spec.optimizer ?? "rmsprop", at("optimizer"), insideOf(spec, "optimizer"));
}

/** Every optimizer, loss and metric that is at fault by itself, whatever the outputs of the model. */
export function objectProblems(spec: CompileSpec): Diagnostic[] {
  const { optimizer, loss } = spec;
  const at = (key: keyof CompileSpec): Where => placeOf(spec, key);
  const given = (nest: unknown, but: readonly string[]): unknown[] =>
    flatten(nest).filter((id) => id !== null && id !== undefined && !isOneOf(id, but));
  const works = [
    ...given(optimizer, []).map(
      (id) => () => chooseOptimizer(id, at("optimizer"), insideOf(spec, "optimizer")),
    ),
    ...given(loss, ["crossentropy", "ce"]).map(
      (id) => () => chooseLoss(id, at("loss"), insideOf(spec, "loss")),
    ),
    ...(["metrics", "weighted_metrics"] as const).flatMap((key) =>
      given(spec[key], ["accuracy", "acc"]).map((id) => () => chooseMetric(id, at(key))),
    ),
  ];
  return works.flatMap((work) => problemsOf(work));
}
