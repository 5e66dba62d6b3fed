import { internal, ModelError } from "../diagnostics.ts";
import { inputsFor } from "./build/shapes.ts";
import type { Builder } from "./builder.ts";
import type { RegularizerConfig } from "./config.ts";
import { regularizerTable } from "./fields/regularizer.ts";
import type { Node, Sizes, Variable } from "./graph.ts";
import type { Misfit, WeightSpecs, Weights } from "./layer.ts";
import {
  type Call,
  isSource,
  type Layer,
  leaves,
  type Model,
  modelWeights,
  type Value,
  type Weight,
} from "./model.ts";
import type { NestOf } from "./spec.ts";
import type { Shape } from "./tensor.ts";

/** What the program that a model becomes part of knows about it. */
export interface Surroundings {
  variable(weight: Weight): Variable;
  /** Seed and count of a layer's own random numbers. */
  seed(layer: Layer): Variable;
  /** Path of the model; "" for the outermost. */
  readonly path: string;
}

/** The values of a model, and what its regularizers add to the loss: scalars. */
export interface Forward {
  readonly outputs: Node[];
  readonly penalties: Node[];
}

/** Writes the forward computation of a model, training or not as the builder says; inputs in the order of `model.inputs`. */
export function lowerForward(b: Builder, model: Model, inputs: readonly Node[], env: Surroundings): Forward {
  const activity: Node[] = [];
  const outputs = lowerModel(b, model, inputs, env, activity);
  return { outputs, penalties: [...activity, ...weightPenalties(b, model, env)] };
}

const key = (value: Value): string => `${value.node}/${value.tensor}/${value.layer}`;

function lowerModel(
  b: Builder,
  model: Model,
  inputs: readonly Node[],
  env: Surroundings,
  activity: Node[],
): Node[] {
  const nodes = new Map(leaves(model.inputs).map((value, k) => [key(value), inputs[k]]));
  const nodeOf = (value: Value): Node => nodes.get(key(value)) ?? missing(value);
  for (const call of model.calls) {
    if (isSource(call.layer)) continue;
    const ins = lowered(call, nodeOf);
    const outs = call.layer.model
      ? lowerModel(b, call.layer.model, ins, { ...env, path: below(env, call.layer) }, activity)
      : [lowerLayer(b, call.layer, ins, env, activity)];
    call.outputs.forEach((value, k) => nodes.set(key(value), outs[k]));
  }
  return leaves(model.outputs).map(nodeOf);
}

const below = (env: Surroundings, layer: Layer): string =>
  env.path ? `${env.path}/${layer.name}` : layer.name;

function missing(value: Value): never {
  throw new ModelError({
    code: "disconnected",
    message: `The outputs are computed from ${value.layer}, which does not depend on the model's inputs.`,
    at: { path: value.layer },
  });
}

/** The nodes a call is made on, in the order the layer takes them. */
function lowered(call: Call, nodeOf: (value: Value) => Node): Node[] {
  const { layer, inputs } = call;
  const values = layer.model ? inputsFor(layer.model, inputs as NestOf<Value>, never) : leaves(inputs);
  return values.map(nodeOf);
}

const never: Misfit = (expected, received) => {
  throw internal(`a call that was built does not fit: ${expected}, ${received}`);
};

function lowerLayer(
  b: Builder,
  layer: Layer,
  ins: readonly Node[],
  env: Surroundings,
  activity: Node[],
): Node {
  const path = below(env, layer);
  const def = layer.def!;
  b.from = { layer: path, part: "forward" };
  const weights: Weights<WeightSpecs> = Object.fromEntries(
    layer.weights.map((w) => [w.name, weightNode(b, layer, w, env)]),
  );
  const promised = promisedShape(layer, path, ins);
  const draws = def.seed?.(layer.config) !== undefined;
  const seed = draws ? env.seed(layer.origin ?? layer) : undefined;
  const output =
    def.arity === "many"
      ? def.lower(b, layer.config, ins, weights, seed)
      : def.lower(b, layer.config, ins[0], weights, seed);
  if (`${promised}` !== `${shapeOf(output.shape)}`)
    throw internal(`${path} computes [${output.shape}] and promised [${promised}]`);
  b.label(output, layer.name);
  const regularizer = layer.config.activity_regularizer as RegularizerConfig | null | undefined;
  if (regularizer) activity.push(b.div(penalty(b, regularizer, output, path), b.batch()));
  return output;
}

/** A weight as the call finds it: an earlier call of the same layer may have assigned to it. */
function weightNode(b: Builder, layer: Layer, weight: Weight, env: Surroundings): Node {
  const variable = env.variable(weight);
  b.label(b.variable(variable), `${layer.name}/${weight.name}`);
  return b.current(variable);
}

/** The shape that the layer promises for these inputs; sizes that were open at build may not fit now that they are bound. */
function promisedShape(layer: Layer, path: string, ins: readonly Node[]): Shape {
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
  return def.arity === "many"
    ? def.output(layer.config, shapes, misfit)
    : def.output(layer.config, shapes[0], misfit);
}

const shapeOf = (sizes: Sizes): Shape => sizes.map((d) => (d === "n" ? null : d));

function penalty(b: Builder, { class_name, config }: RegularizerConfig, x: Node, path: string): Node {
  const def = regularizerTable.get(class_name);
  if (!def) throw internal(`there is no regularizer ${class_name}`);
  b.from = { layer: path, part: "loss" };
  return def.lower(b, config, x);
}

/** Keras counts every trained weight once, and none of a frozen layer. */
function weightPenalties(b: Builder, model: Model, env: Surroundings): Node[] {
  return modelWeights(model).flatMap(({ weight, trainable }) =>
    trainable && weight.regularizer
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
