import { internal, ModelError } from "../diagnostics.ts";
import { activityRegularizer, penalised, runsAgain, sumsOverBatch } from "./activity-penalty.ts";
import { boundArguments } from "./bound-arguments.ts";
import { inputsFor } from "./build/shapes.ts";
import type { Builder } from "./builder.ts";
import type { Bound, CallArguments } from "./call-arguments.ts";
import type { RegularizerConfig } from "./config.ts";
import { regularizerTable } from "./fields/regularizer.ts";
import type { Node, Sizes, Variable } from "./graph.ts";
import {
  type Extra,
  listOf,
  type Mask,
  type Misfit,
  shapesIn,
  type WeightSpecs,
  type Weights,
} from "./layer.ts";
import { handsMasksOn, heedsMasks } from "./heeded-masks.ts";
import { type Held, held, type MaskedCall, maskedOutputs, withMasks } from "./masks.ts";
import {
  type Call,
  isLiteral,
  isSource,
  type Layer,
  leaves,
  type Model,
  modelWeights,
  objectOf,
  type Passed,
  type Value,
  type Weight,
} from "./model.ts";
import type { ArrayLiteral, NestOf } from "./spec.ts";
import type { Shape } from "./tensor.ts";

/** What the program that a model becomes part of knows about it. */
export interface Surroundings {
  variable(weight: Weight): Variable;
  /** Seed and count of the random numbers of a layer, or of one that it holds. */
  seed(layer: Layer, part?: string): Variable;
  /** What a layer, or one that it holds, remembers from batch to batch. */
  remembered(layer: Layer, part?: string): readonly Variable[];
  /** A weight as a node where it is no variable of the program: in a loop. */
  weight?(weight: Weight): Node;
  /** See `Extra.penalise`; adds to the model's own penalties where absent. */
  readonly penalise?: Extra<CallArguments>["penalise"];
  /** See `runsAgain`. */
  readonly again?: boolean;
  /** Path of the model; "" for the outermost. */
  readonly path: string;
}

/** The values of a model with their masks, and what its regularizers add to the loss: scalars. */
export interface Forward {
  readonly outputs: Node[];
  readonly masks: Mask[];
  readonly penalties: Node[];
}

/** Writes the forward computation of a model, training or not as the builder says; inputs in the order of `model.inputs`. */
export function lowerForward(b: Builder, model: Model, inputs: readonly Node[], env: Surroundings): Forward {
  const activity: Node[] = [];
  const outputs = lowerModel(b, model, inputs.map(held), env, activity);
  return {
    outputs: outputs.map((output) => output.node),
    masks: outputs.map((output) => output.mask.now),
    penalties: [...activity, ...weightPenalties(b, model, env)],
  };
}

const inside = (env: Surroundings, model: Model, call: Call): Surroundings => ({
  ...env,
  path: below(env, call.layer),
  again: env.again === true || runsAgain(model, call),
});

const key = (value: Value): string => `${value.node}/${value.tensor}/${value.layer}`;

/** A nested model is given the tensors themselves: what it does to their masks shows outside. */
export function lowerModel(
  b: Builder,
  model: Model,
  inputs: readonly Held[],
  env: Surroundings,
  activity: Node[] = [],
): Held[] {
  const made = new Map(leaves(model.inputs).map((value, k) => [key(value), inputs[k]]));
  const heldOf = (value: Value): Held => made.get(key(value)) ?? missing(value);
  for (const call of model.calls) {
    if (isSource(call.layer)) continue;
    const ins = lowered(call, heldOf);
    if (call.layer.model) hangMasks(b, call, ins, heldOf, below(env, call.layer));
    const outs = call.layer.model
      ? lowerModel(b, call.layer.model, ins, inside(env, model, call), activity)
      : lowerLayer(b, { def: call.layer.def!, call, ins, heldOf }, env, activity);
    call.outputs.forEach((value, k) => made.set(key(value), outs[k]));
  }
  return leaves(model.outputs).map(heldOf);
}

/** Masks passed to a nested model hang on its inputs from then on. */
function hangMasks(
  b: Builder,
  { node, args: { mask = null } }: Call,
  ins: readonly Held[],
  heldOf: (value: Value) => Held,
  path: string,
): void {
  const given = listOf<Passed>(mask as Passed | readonly Passed[]);
  given.forEach((one, k) => {
    if (one === null) return;
    ins[k].mask.now = isLiteral(one)
      ? constant(b, `${path}/${node}/mask_${k}`, one as ArrayLiteral)
      : heldOf(one as Value).node;
  });
}

const constant = (b: Builder, name: string, { shape, data }: ArrayLiteral): Node =>
  b.constant(name, shape, data);

const below = (env: Surroundings, layer: Layer): string =>
  env.path ? `${env.path}/${layer.name}` : layer.name;

function missing(value: Value): never {
  throw new ModelError({
    code: "disconnected",
    message: `The outputs are computed from ${value.layer}, which does not depend on the model's inputs.`,
    at: { path: value.layer },
  });
}

/** The tensors a call is made on, in the order the layer takes them. */
function lowered({ layer, inputs }: Call, heldOf: (value: Value) => Held): Held[] {
  const values = layer.model ? inputsFor(layer.model, inputs as NestOf<Value>, never) : leaves(inputs);
  return values.map(heldOf);
}

const never: Misfit = (expected, received) => {
  throw internal(`a call that was built does not fit: ${expected}, ${received}`);
};

const cannotRun = ({ name, class_name, at }: Layer, problem: NonNullable<Layer["fails"]>): ModelError =>
  new ModelError({
    code: "shape-mismatch",
    message: `Keras makes ${class_name} ${JSON.stringify(name)} for a shape that its input does not have, and cannot run it.`,
    at,
    ...problem,
  });

function lowerLayer(b: Builder, one: MaskedCall, env: Surroundings, activity: Node[]): Held[] {
  const { def, call, ins, heldOf } = one;
  if (call.layer.fails) throw cannotRun(call.layer, call.layer.fails);
  const { layer } = call;
  const older = b.nodes.length;
  const path = below(env, layer);
  b.from = { layer: path, part: "forward" };
  const weights: Weights<WeightSpecs> = Object.fromEntries(
    layer.weights.map((w) => [w.name, weightNode(b, layer, w, env)]),
  );
  const nodes = ins.map((x) => x.node);
  const masked = heedsMasks(layer) || handsMasksOn(layer);
  const shapes = boundArguments(def, call.args, (value) =>
    isLiteral(value) ? value.shape : shapeOf(heldOf(value).node.shape),
  );
  const arrays = [0];
  const nodeOf = (value: Value | ArrayLiteral): Node =>
    isLiteral(value) ? constant(b, `${path}/${call.node}/${arrays[0]++}`, value) : heldOf(value).node;
  const promised = promisedShapes(layer, path, nodes, shapes);
  const extra: Extra<CallArguments> = {
    ...own(layer, env),
    ...(leaves(call.inputs)[0]?.shape[0] && { fixed_batch: true as const }),
    penalise: env.penalise ?? penalising(b, layer, path, activity),
    masks: ins.map((x) => (masked ? x.mask.now : undefined)),
    args: withMasks(one, boundArguments(def, call.args, nodeOf)),
  };
  const outputs = listOf(
    def.arity === "many"
      ? def.lower(b, layer.config, nodes, weights, extra)
      : def.lower(b, layer.config, nodes[0], weights, extra),
  ).map((output) => (output.id < older && !def.hands_on ? b.anew(output) : output));
  const computed = outputs.map((output) => shapeOf(output.shape));
  if (JSON.stringify(promised) !== JSON.stringify(computed))
    throw internal(`${path} computes ${JSON.stringify(computed)} and promised ${JSON.stringify(promised)}`);
  outputs.forEach((output, k) => b.label(output, k ? `${layer.name}_${k}` : layer.name));
  const regularizer = activityRegularizer(layer);
  for (const tensor of regularizer ? penalised(layer, env.again === true, nodes, outputs) : [])
    extra.penalise(regularizer!, tensor);
  return maskedOutputs(b, one, outputs, extra);
}

/** What belongs to a layer however often it is called: its seeds and what it remembers. */
function own(
  layer: Layer,
  env: Surroundings,
): Pick<Extra<CallArguments>, "seed" | "older" | "part_seed" | "remembered"> {
  const home = objectOf(layer);
  const draws = layer.def?.seed?.(layer.config) !== undefined;
  return {
    ...(draws && { seed: env.seed(home) }),
    ...(layer.older && { older: layer.older }),
    part_seed: (part) => env.seed(home, part),
    remembered: (part) => env.remembered(home, part),
  };
}

/** Adds what a regularizer makes of an output to the loss, for each sample. */
function penalising(
  b: Builder,
  { older }: Layer,
  path: string,
  activity: Node[],
): Extra<CallArguments>["penalise"] {
  return (regularizer, output, times = 1) => {
    const sum = penalty(b, regularizer, output, path);
    const counted = times === 1 ? sum : b.mul(sum, times);
    activity.push(sumsOverBatch(older) ? counted : b.div(counted, b.batch()));
    b.from = { layer: path, part: "forward" };
  };
}

/** A weight as the call finds it: an earlier call of the same layer may have assigned to it. */
function weightNode(b: Builder, layer: Layer, weight: Weight, env: Surroundings): Node {
  if (env.weight) return env.weight(weight);
  const variable = env.variable(weight);
  b.label(b.variable(variable), `${layer.name}/${weight.name}`);
  return b.current(variable);
}

/** The shapes that the layer promises for these inputs; sizes that were open at build may not fit now that they are bound. */
function promisedShapes(
  layer: Layer,
  path: string,
  ins: readonly Node[],
  args: Bound<CallArguments, Shape>,
): readonly Shape[] {
  const def = layer.def!;
  const misfit: Misfit = (expected, received, hint) => {
    const message = `The input of ${layer.class_name} "${path}" does not fit.`;
    throw new ModelError({
      code: "shape-mismatch",
      message,
      at: { path },
      expected,
      received,
      ...(hint && { hint }),
    });
  };
  const shapes = ins.map((x) => shapeOf(x.shape));
  return shapesIn(
    def.arity === "many"
      ? def.output(layer.config, shapes, misfit, args)
      : def.output(layer.config, shapes[0], misfit, args),
  );
}

const shapeOf = (sizes: Sizes): Shape => sizes.map((d) => (d === "n" ? null : d));

function penalty(b: Builder, { class_name, config }: RegularizerConfig, x: Node, path: string): Node {
  const def = regularizerTable.get(class_name);
  if (!def) throw internal(`there is no regularizer ${class_name}`);
  b.from = { layer: path, part: "loss" };
  return def.lower(b, config, x);
}

/** Keras counts every trained weight once, and none of a frozen layer; Keras 1 and 2 count these, too. */
function weightPenalties(b: Builder, model: Model, env: Surroundings): Node[] {
  const frozen_too = model.layers.some(({ older }) => older);
  return modelWeights(model).flatMap(({ weight, trainable }) =>
    (trainable || frozen_too) && weight.regularizer
      ? [
          penalty(
            b,
            weight.regularizer,
            b.variable(env.variable(weight)),
            env.path ? `${env.path}/${weight.layer}` : weight.layer,
          ),
        ]
      : [],
  );
}
