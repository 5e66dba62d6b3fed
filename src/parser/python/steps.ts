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
  const optimizer = known ?? { value, trained: [] };
  if (is(optimizer.value, "object")) w.optimizers.set(optimizer.value, optimizer);
  model!.optimizer = optimizer;
  model!.stepped = false;
}

/** `fit`, `train_on_batch`: the first step after `compile` settles what is trained until the next one. */
export function takeStep(w: World, model: LayerValue, offset: number): void {
  const { optimizer, stepped } = model.model!;
  if (optimizer === undefined || stepped) return;
  model.model!.stepped = true;
  spendSize(w, 5 * modelSize(w, model), offset);
  const spec = asSeen(model);
  if (optimizer.trained.length > 0) assertKnown(w, optimizer, spec, offset);
  optimizer.trained.push(spec);
}

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

/** Since Keras 2.11 an optimizer trains what it was first given, and nothing else. */
function assertKnown(w: World, { value, trained }: OptimizerState, spec: ModelSpec, offset: number): void {
  if (isOlder(w) || (is(value, "object") && value.config.is_legacy_optimizer)) return;
  const first = trained.map(trainedIn).find((paths) => paths.length > 0);
  // other models may have layers in common with this one
  if (first === undefined || trained.some(({ at }) => at !== spec.at)) return;
  const strange = trainedIn(spec).find((path) => !first.includes(path));
  if (strange === undefined) return;
  fail(w, offset, "python-value", "This optimizer was built for other weights.", {
    expected: "those that it trained first, or a part of them",
    received: strange,
    hint: "Give compile a new optimizer.",
  });
}

const trainedIn = (spec: ModelSpec): readonly string[] =>
  trainableWeights(build(spec)).map(({ path }) => path);

const isOlder = ({ library: { version = "2.15" } }: World): boolean => /^(1|2\.(\d|10))\b/.test(version);
