import { type Diagnostic, ModelError, type Where } from "../../diagnostics.ts";
import type { CompileSpec, NestOf } from "../../ir/spec.ts";
import type { KerasObject } from "../../ir/config.ts";
import type {
  DataRef,
  EvaluateSpec,
  FitSpec,
  PredictSpec,
  RunSpec,
  SummarySpec,
  ValidationData,
} from "../training-spec.ts";
import { type Args, bindKnown, type Given, itemAt } from "./arguments.ts";
import { trainedFromNow } from "./flags.ts";
import { isKeras1 } from "./keras1.ts";
import { withCallsElsewhere } from "./called-elsewhere.ts";
import { takesKeras1 } from "./legacy-calls.ts";
import { dataRef } from "./data.ts";
import { lookUpOptimizer } from "./known-optimizer.ts";
import { touch } from "./models.ts";
import { seeRun, shownAfterRun } from "./seen-data.ts";
import { endFit, knownOptimizer, startOptimizer, takeStep } from "./steps.ts";
import { unknownNames, wrongKinds } from "./unknown-settings.ts";
import { modelSize } from "./model-size.ts";
import { plain } from "./plain.ts";
import { modelSpec } from "./spec-of.ts";
import { describe, is, isNumber, type LayerValue, listOf, tuple, type Value } from "./values.ts";
import { fail, note, opaque, spendSize, where, type World } from "./world.ts";

type Bound = ReadonlyMap<string, Given>;
const compileNames = [
  "optimizer",
  "loss",
  "loss_weights",
  "metrics",
  "weighted_metrics",
  "run_eagerly",
  "steps_per_execution",
  "jit_compile",
  "auto_scale_loss",
];
const compileKeys = ["optimizer", "loss", "loss_weights", "metrics", "weighted_metrics"] as const;

/** `model.compile(…)`. */
export function compile(w: World, model: LayerValue, args: Args): void {
  const given = bindKnown(w, "compile", compileNames, args);
  const asked = given.get("optimizer");
  const known = asked && knownOptimizer(w, asked.value);
  const bound: Bound = known ? new Map([...given, ["optimizer", { ...asked, value: known.value }]]) : given;
  const settings = compileKeys.flatMap((key) => {
    const given = bound.get(key);
    return given === undefined
      ? []
      : [[key, setting(w, key, { ...given, value: named(given.value) })] as const];
  });
  const wrong = wrongKinds(w, bound);
  if (wrong.length > 0) throw new ModelError(wrong);
  const key_at = placesOf(w, bound);
  const own_code = [...bound.values()].some(({ value }) => hasCode(value));
  const spec: CompileSpec = {
    ...Object.fromEntries(settings),
    at: where(w, args.offset),
    key_at,
    ...(own_code && { own_code }),
    ...trainedFromNow(w, model),
  };
  model.model!.compile = spec;
  startOptimizer(w, model, asked?.value, known);
  model.model!.unknown = unknownNames(w, bound);
  for (const { message, hint, at } of model.model!.unknown)
    w.notes.push({ message: `${message}${hint ? ` ${hint}` : ""}`, ...(at && { at }) });
  const optimizer = bound.get("optimizer");
  if (optimizer && !is(optimizer.value, "opaque", "free", "function") && optimizer.value !== null)
    lookUpOptimizer(w, spec, optimizer);
  w.actions.push({ kind: "compile", model });
}

/** Where the arguments stand, and the options of objects among them. */
const placesOf = (w: World, bound: Bound): Record<string, Where> =>
  Object.fromEntries(
    [...bound].flatMap(([key, { value, offset }]) => [
      [key, where(w, offset)],
      ...(is(value, "object")
        ? Object.entries(value.key_at ?? {}).map(([option, at]) => [`${key}.${option}`, at])
        : []),
    ]),
  ) as Record<string, Where>;

/** Functions and classes of one's own are settings by their name: that nobody knows them is told where they are needed. */
function named(v: Value): Value {
  if (is(v, "function")) return v.def.name;
  if (is(v, "opaque")) return v.text;
  if (is(v, "list")) return listOf(v.items.map(named));
  if (is(v, "tuple")) return tuple(v.items.map(named));
  return is(v, "dict")
    ? { kind: "dict", entries: new Map([...v.entries].map(([key, x]) => [key, named(x)])) }
    : v;
}

function hasCode(v: Value): boolean {
  if (is(v, "list", "tuple")) return v.items.some(hasCode);
  return is(v, "dict") ? [...v.entries.values()].some(hasCode) : is(v, "function", "opaque");
}

function setting(w: World, key: string, { value, offset }: Given): unknown {
  const made = plain(w, value, offset);
  if ((key === "metrics" || key === "weighted_metrics") && typeof made === "string") {
    note(w, offset, `${key}='${made}' is taken as ['${made}']: Keras 3 wants a list.`);
    return [made];
  }
  return made;
}

const runNames = {
  fit: "x y batch_size epochs verbose callbacks validation_split validation_data shuffle class_weight sample_weight initial_epoch steps_per_epoch validation_steps validation_batch_size validation_freq",
  evaluate: "x y batch_size verbose sample_weight steps callbacks return_dict",
  predict: "x batch_size verbose steps callbacks",
};
const ofOlderRuns = ["workers", "use_multiprocessing", "max_queue_size"];
const dataNames = ["x", "y", "sample_weight", "validation_data"];

/** `fit_generator` had its data under another name, and Keras 1 the epochs, which Keras 2 took for a while. */
const renamed = (w: World, args: Args): Args => ({
  ...args,
  keyword: new Map(
    [...args.keyword].map(([key, given]) => [
      key === "generator" ? "x" : key === "nb_epoch" && (isKeras1(w) || takesKeras1(w)) ? "epochs" : key,
      given,
    ]),
  ),
});

/** `model.fit(…)`, `evaluate` or `predict`: remembered, to be run by whoever asks. */
export function run(w: World, model: LayerValue, kind: "fit" | "evaluate" | "predict", args: Args): Value {
  const names = runNames[kind].split(" ");
  const bound = bindKnown(w, kind, names, renamed(w, args), [], ofOlderRuns);
  const unread: Diagnostic[] = [];
  const options = Object.fromEntries(
    [...bound]
      .filter(([key]) => !dataNames.includes(key))
      .map(([key, given]) => [
        key,
        whenKnown(unread, () =>
          key === "callbacks" ? callbacks(w, given) : plain(w, given.value, given.offset),
        ),
      ]),
  );
  const base = {
    ...options,
    ...dataOf(w, bound),
    at: where(w, args.offset),
    ...(unread.length > 0 && { unread }),
  };
  const { unknown = [] } = model.model!;
  if (kind !== "predict" && unknown.length > 0) throw new ModelError(unknown);
  const spec = { kind, ...base } as FitSpec | EvaluateSpec | PredictSpec as RunSpec;
  const idle = kind === "fit" && !hasEpochs(bound);
  if (!idle) {
    touch(w, model);
    seeRun(w, model, kind, bound);
  }
  if (kind === "fit") train(w, model, bound, { idle, offset: args.offset });
  w.actions.push({ kind: "run", model, run: spec });
  return opaque(w);
}

/** A `fit` without any epochs takes no step; the last Keras 2 takes none that ends before the first. */
function train(
  w: World,
  model: LayerValue,
  bound: Bound,
  { idle, offset }: { idle: boolean; offset: number },
): void {
  const epochs = bound.get("epochs");
  const none = epochs !== undefined && isNumber(epochs.value) && Number(epochs.value) <= 0;
  const { keras2, version = "2.21" } = w.library;
  if (none && keras2 && /^2\.(1[6-9]|2)/.test(version))
    fail(w, epochs.offset, "python-value", "fit does not take these epochs.", {
      expected: "a number above 0",
      received: describe(epochs.value),
    });
  if (!idle)
    takeStep(
      w,
      model,
      offset,
      ["x", "y"].map((key) => bound.get(key)?.value ?? null),
    );
  if (!none) endFit(w, model, offset);
}

/** Whether a `fit` takes a step: `epochs=0` does not. */
function hasEpochs(bound: Bound): boolean {
  const number = (name: string, standard: bigint): Value => bound.get(name)?.value ?? standard;
  const [first, end] = [number("initial_epoch", 0n), number("epochs", 1n)];
  return !isNumber(first) || !isNumber(end) || end > first;
}

/** A setting of a run; one that is not known while the snippet is read matters only when it is run. */
function whenKnown(unread: Diagnostic[], read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ModelError) || error.code !== "python-unknown-value") throw error;
    unread.push(...error.errors);
    return undefined;
  }
}

function dataOf(
  w: World,
  bound: Bound,
): {
  x?: NestOf<DataRef>;
  y?: NestOf<DataRef>;
  sample_weight?: NestOf<DataRef>;
  validation_data?: ValidationData;
} {
  const plainData = ["x", "y", "sample_weight"].flatMap((key) => {
    const given = bound.get(key);
    const ref = given && dataRef(w, given.value, given.offset);
    return ref === undefined ? [] : [[key, ref] as const];
  });
  const validation = bound.get("validation_data");
  const pair =
    validation && validation.value !== null ? { validation_data: validationData(w, validation) } : {};
  return { ...Object.fromEntries(plainData), ...pair };
}

function validationData(w: World, { value, offset }: Given): ValidationData {
  if (is(value, "opaque", "free", "data")) return { x: dataRef(w, value, offset)! };
  if (!is(value, "list", "tuple") || value.items.length < 1 || value.items.length > 3) {
    return fail(
      w,
      offset,
      "python-data",
      "validation_data must be a tuple (x, y) or (x, y, sample_weight).",
      { received: describe(value) },
    );
  }
  const [x, y, sample_weight] = value.items.map((item) => dataRef(w, item, offset));
  return {
    x: x!,
    ...(y === undefined ? {} : { y }),
    ...(sample_weight === undefined ? {} : { sample_weight }),
  };
}

function callbacks(w: World, given: Given): readonly KerasObject[] {
  const { value } = given;
  if (value === null) return [];
  const list = is(value, "list", "tuple") ? value.items : [value];
  return list.map((item, k) => {
    if (is(item, "object") && item.module === "keras.callbacks")
      return { class_name: item.class_name, config: item.config };
    const offset = itemAt(given, k);
    plain(w, item, offset);
    return fail(w, offset, "python-callback", "This is no callback.", {
      expected: "for example keras.callbacks.EarlyStopping(patience=3)",
      received: describe(item),
    });
  });
}

/** `model.summary(…)`. */
export function summary(w: World, model: LayerValue, args: Args): void {
  shownAfterRun(w, model, args.offset);
  const names = ["line_length", "positions", "print_fn", "expand_nested", "show_trainable", "layer_range"];
  const bound = bindKnown(w, "summary", names, args);
  const width = bound.get("line_length");
  if (typeof width?.value === "string")
    fail(w, width.offset, "python-value", "line_length is a number of characters.", {
      received: describe(width.value),
    });
  const options = [...bound]
    .filter(([key]) => key !== "print_fn")
    .map(([key, { value, offset }]) => [key, plain(w, value, offset)]);
  const trained = model.model!.optimizer?.trained;
  spendSize(w, 5 * modelSize(w, model), args.offset);
  model.model!.shown = withCallsElsewhere(w, model, modelSpec(model));
  w.actions.push({ kind: "summary", model, options: Object.fromEntries(options) as SummarySpec, trained });
}
