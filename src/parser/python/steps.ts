import { build } from "../../ir/build.ts";
import type { LayerSpec, ModelSpec } from "../../ir/spec.ts";
import { trainableWeights } from "../../ir/train.ts";
import { modelSize } from "./model-size.ts";
import { modelSpec } from "./spec-of.ts";
import { is, type LayerValue, type OptimizerState, type Value } from "./values.ts";
import { fail, spendSize, type World } from "./world.ts";

/** An optimizer that models were compiled with before: `model.optimizer`, or an object in a variable. */
export function knownOptimizer(w: World, v: Value): OptimizerState | undefined {
  const isOfModel = is(v, "method") && v.name === "optimizer" && is(v.self, "layer");
  return isOfModel ? (v.self as LayerValue).model?.optimizer : w.optimizers.get(v);
}

/** `compile`: a name means a new optimizer. */
export function startOptimizer(
  w: World,
  { model }: LayerValue,
  value: Value = "rmsprop",
  known?: OptimizerState,
): void {
  const optimizer = known ?? { value };
  if (is(optimizer.value, "object")) w.optimizers.set(optimizer.value, optimizer);
  model!.optimizer = optimizer;
  delete model!.stepped;
}

/**
 * `fit`, `train_on_batch`: the first step after `compile` settles what is trained until the next one. TensorFlow traces
 * a step again for rows of another shape, and then takes no new variables.
 */
export function takeStep(w: World, model: LayerValue, offset: number, rows: readonly Value[] = []): void {
  const { optimizer, stepped } = model.model!;
  if (optimizer === undefined) return;
  if (stepped) return assertTraced(w, model, rows, offset);
  model.model!.stepped = rows.map(rowOf);
  const { trained: before } = optimizer;
  spendSize(w, (before ? 200 : 5) * modelSize(w, model), offset);
  const spec = asSeen(model);
  const known = before && trainedIn(before);
  if (!known || known.size === 0) optimizer.trained = spec;
  else if (!trainsAnything(w, optimizer)) assertKnown(w, known, spec, offset);
}

/** The shape of a row, where it is known. */
const rowOf = (v: Value): string | undefined =>
  is(v, "data") && v.shape ? v.shape.slice(1).join(",") : undefined;

function assertTraced(w: World, { model }: LayerValue, rows: readonly Value[], offset: number): void {
  const { optimizer, stepped } = model!;
  if (!stepped || !optimizer?.trained) return;
  const other = rows.map(rowOf).findIndex((row, k) => row !== (stepped[k] ?? row) && row !== undefined);
  if (other < 0) return;
  spendSize(w, 200, offset);
  if (trainableWeights(build(optimizer.trained)).length > 0) return;
  fail(w, offset, "python-value", "The optimizer cannot be built now: a step without it was traced before.", {
    expected: "data of the shapes that the model was first fitted on",
    received: `rows of shape (${rowOf(rows[other])})`,
    hint: "Compile the model again.",
  });
}

/** At its end `fit` puts the averages that the optimizer keeps in the place of the weights. */
export function endFit(w: World, model: LayerValue, offset: number): void {
  const { optimizer } = model.model!;
  if (optimizer === undefined || !is(optimizer.value, "object") || optimizer.value.config.use_ema !== true)
    return;
  spendSize(w, 400 * modelSize(w, model), offset);
  const averages = optimizer.trained && shapesOf(optimizer.trained);
  const isBuilt = averages !== undefined && (w.library.keras2 || averages.length > 0);
  const message = "fit cannot put the averages of use_ema in the place of the weights.";
  const say = (expected: string, received: string, hint: string): never =>
    fail(w, offset, "python-value", message, { expected, received, hint });
  if (!isBuilt) say("a step that trains weights", "none yet", "Train something, or leave use_ema out.");
  if (w.library.keras2) return;
  const now = shapesOf(asSeen(model));
  const wrong = now.findIndex((shape, k) => k < averages!.length && shape !== averages![k]);
  if (wrong >= 0)
    say("the weights that were trained first", `(${now[wrong]})`, "Give compile a new optimizer.");
}
const shapesOf = (spec: ModelSpec): string[] =>
  trainableWeights(build(spec)).map(({ shape }) => shape.join(", "));

/** The model with the input that its data gave it. */
function asSeen(model: LayerValue): ModelSpec {
  const { input_name: _, ...spec } = modelSpec(model);
  const { input_name, tail, seen } = model.model!;
  if (input_name === undefined || tail !== undefined || seen === undefined) return modelSpec(model);
  const input: LayerSpec = {
    ...{ class_name: "InputLayer", name: input_name, auto_name: true, at: model.at },
    config: { batch_shape: seen },
    calls: [],
  };
  return { ...spec, layers: [input, ...spec.layers] };
}

/** Until Keras 2.10 an optimizer trained whatever it was given. */
const trainsAnything = ({ library: { version = "2.15" } }: World, { value }: OptimizerState): boolean =>
  /^(1|2\.(\d|10))\b/.test(version) || (is(value, "object") && value.config.is_legacy_optimizer === true);

function assertKnown(w: World, known: ReadonlyMap<string, string>, spec: ModelSpec, offset: number): void {
  const strange = [...trainedIn(spec)].find(([key]) => !known.has(key));
  if (strange === undefined) return;
  fail(w, offset, "python-value", "This optimizer was built for other weights.", {
    expected: "those that it trained first, or a part of them",
    received: strange[1],
    hint: "Give compile a new optimizer.",
  });
}

/** Paths of the weights that are trained; by the layers' ids, as other models may have these layers under other names. */
function trainedIn(spec: ModelSpec): ReadonlyMap<string, string> {
  const ids = new Map(idsIn(spec, ""));
  return new Map(
    trainableWeights(build(spec)).map(({ layer, holder, name, path }) => [
      [ids.get(layer) ?? layer, holder, name].join(" "),
      path,
    ]),
  );
}
const idsIn = ({ layers }: ModelSpec, path: string): [string, number | undefined][] =>
  layers.flatMap(({ name, id, model }): [string, number | undefined][] =>
    model ? idsIn(model, `${path}${name}/`) : [[path + name, id]],
  );
