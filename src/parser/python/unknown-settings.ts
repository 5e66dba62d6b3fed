import { type Diagnostic, problemsOf } from "../../diagnostics.ts";
import { chooseLoss, chooseMetric } from "../../ir/catalogues.ts";
import { isOneOf } from "../../ir/compile-args.ts";
import { snakeCase } from "../../ir/names.ts";
import type { Given } from "./arguments.ts";
import { KERAS_NAMES } from "./keras-names.gen.ts";
import { lookUp } from "./names.ts";
import { describe, is, type Value } from "./values.ts";
import { where, type World } from "./world.ts";

type Bound = ReadonlyMap<string, Given>;

/** Names of losses and metrics that no Keras has: it looks them up when the model is first run. */
export function unknownNames(w: World, bound: Bound): Diagnostic[] {
  return (["loss", "metrics", "weighted_metrics"] as const).flatMap((key) => {
    const given = bound.get(key);
    if (!given) return [];
    const [isKnown, choose] = key === "loss" ? [isLoss, chooseLoss] : [isMetric, chooseMetric];
    const unknown = textsIn(given.value).filter((name) => !isKnown(name));
    return unknown.flatMap((name) => problemsOf(() => choose(name, where(w, given.offset))));
  });
}

function textsIn(v: Value): string[] {
  if (typeof v === "string") return [v];
  if (is(v, "list", "tuple")) return v.items.flatMap(textsIn);
  return is(v, "dict") ? [...v.entries.values()].flatMap(textsIn) : [];
}

const isLoss = (name: string): boolean =>
  isOneOf(name, ["crossentropy", "ce"]) || lookUp("keras.losses", name) !== undefined;
const isMetric = (name: string): boolean =>
  isOneOf(name, ["accuracy", "acc", "crossentropy", "ce"]) ||
  ["keras.metrics", "keras.losses"].some((module) => lookUp(module, name) !== undefined) ||
  Object.keys(KERAS_NAMES["keras.metrics"]).some((one) => snakeCase(one) === name);

/** Settings of a kind that Keras 3 does not take when a model is compiled. */
export function wrongKinds(w: World, bound: Bound): Diagnostic[] {
  if (w.library.keras2) return [];
  return Object.entries(expected).flatMap(([key, words]): Diagnostic[] => {
    const { value = null, offset = 0 } = bound.get(key) ?? {};
    const single = key === "loss_weights" ? typeof value === "number" : typeof value === "string";
    if (value === null || single || !isPlain(value) || is(value, "list", "tuple", "dict")) return [];
    return [
      {
        code: "python-value",
        message: `compile does not take these ${key}.`,
        at: where(w, offset),
        expected: words,
        received: describe(value),
        ...(typeof value === "bigint" && { hint: `Write ${value}.0.` }),
        ...(is(value, "object") && { hint: `Write [${value.class_name}(…)].` }),
      },
    ];
  });
}
const expected = {
  loss_weights: "a float, or a list or dict of them",
  metrics: "a list or dict of metrics",
  weighted_metrics: "a list or dict of metrics",
};
const isPlain = (v: Value): boolean => !is(v, "opaque", "free", "data", "function");
