import { ModelError } from "../diagnostics.ts";
import { differentiate } from "./autodiff.ts";
import { Builder } from "./builder.ts";
import type { Compiled, OutputLoss, OutputMetric, Outputs, Signature } from "./compile-args.ts";
import type { Graph, Node, Sizes, Variable } from "./graph.ts";
import type { Mask } from "./layer.ts";
import { type Forward, lowerForward } from "./lower.ts";
import { type Model, modelWeights, type Weight } from "./model.ts";
import { uniqueNames } from "./names.ts";
import type { Chosen } from "./objects.ts";
import type { OptimizerDef } from "./optimizer.ts";
import { programOf } from "./program.ts";
import { masked, mergeMask, type Reduction, reduceLoss, reduceMetric, toSameRank } from "./reduction.ts";
import { update } from "./update.ts";
import { surroundingsOf, type Tracker, tracker, weightVariable } from "./variables.ts";

/** An input or output of a model, `n` for the batch, every other size known. */
export interface Place {
  readonly name: string;
  readonly sizes: Sizes;
}

/** What a call brings and what is to be made of it; everything that a program depends on. */
export interface Training {
  readonly model: Model;
  readonly inputs: readonly Place[];
  readonly outputs: Outputs;
  readonly compiled: Compiled;
  readonly signature: Signature;
}

/** Inputs of a program beside the model's own, and its results: of output k. Outputs of one layer are numbered. */
export const labelInput = ({ names }: Outputs, k: number): string => `y:${uniqueNames(names)[k]}`;
export const weightInput = ({ names }: Outputs, k: number): string =>
  `sample_weight:${uniqueNames(names)[k]}`;
export const outputResult = ({ names }: Outputs, k: number): string => `output:${uniqueNames(names)[k]}`;
export const gradientResult = (path: string): string => `gradient:${path}`;

/** The running means of a compiled model; those of outputs of one layer have one name in logs, as in Keras. */
interface Means {
  readonly loss: Tracker;
  /** Of every output's loss, where logs have them. */
  readonly losses: readonly Tracker[];
  readonly metrics: readonly Tracker[];
}
function meansOf({ loss_keys: several, metrics }: Compiled): Means {
  const keys = ["loss", ...several, ...metrics.map((metric) => metric.key)];
  const places = uniqueNames(keys);
  const [loss, ...rest] = keys.map((key, k) => tracker(key, places[k]));
  return { loss, losses: rest.slice(0, several.length), metrics: rest.slice(several.length) };
}
/** The running means in Keras's order: the loss, the outputs' losses where several, the metrics. */
export function trackers(compiled: Compiled): Tracker[] {
  const { loss, losses, metrics } = meansOf(compiled);
  return [loss, ...losses, ...metrics];
}

/** Weights that training changes, in Keras's order. */
export const trainableWeights = (model: Model): Weight[] =>
  modelWeights(model).flatMap(({ weight, trainable }) => (trainable ? [weight] : []));

function add(b: Builder, variable: Variable, gain: Node): void {
  b.assign(variable, b.add(b.variable(variable), gain));
}
/** Counts a batch's scalar `times` over: Keras weighs the loss by samples, Keras 3 the outputs' own losses by batches. */
function track(b: Builder, { total, count }: Tracker, value: Node, times: Node): void {
  add(b, total, b.mul(value, times));
  add(b, count, times);
}

interface Batch {
  readonly predictions: readonly Node[];
  readonly masks: readonly Mask[];
  readonly labels: readonly (Node | undefined)[];
  readonly weights: readonly (Node | undefined)[];
  /** See `Model.older`. */
  readonly older: Model["older"];
}

function batchOf(
  b: Builder,
  { outputs: predictions, masks }: Forward,
  { model, outputs, signature }: Training,
): Batch {
  b.from = { layer: "loss", part: "loss" };
  const inputs = (shapes: Signature["labels"], name: typeof labelInput): (Node | undefined)[] =>
    shapes.map((shape, k) => shape && (b.input(name(outputs, k), shape) as unknown as Node));
  return {
    predictions,
    masks,
    labels: inputs(signature.labels, labelInput),
    weights: inputs(signature.weights, weightInput),
    older: model.older,
  };
}

function outputLoss(b: Builder, loss: OutputLoss, batch: Batch): Node {
  const { older } = batch;
  const [y, p] = toSameRank(b, batch.labels[loss.output]!, batch.predictions[loss.output]);
  const values = masked(b, loss.def.value(b, loss.config, y, p, older), batch.masks[loss.output]);
  return reduceLoss(b, values, batch.weights[loss.output], {
    reduction: loss.config.reduction as Reduction,
    older,
  });
}

function totalLoss(b: Builder, { compiled }: Training, batch: Batch, penalties: readonly Node[]): Node {
  const means = meansOf(compiled);
  const parts = compiled.losses.map((loss, k) => {
    b.from = { layer: "loss", part: "loss" };
    const value = outputLoss(b, loss, batch);
    if (means.losses.length > 0) track(b, means.losses[k], value, batch.older ? b.batch() : b.const(1));
    return loss.weight === null ? value : b.mul(value, loss.weight);
  });
  const all = [...parts, ...penalties];
  if (all.length === 0) {
    throw new ModelError({
      code: "no-loss",
      message: "There is no loss to compute.",
      hint: "Give compile a loss.",
    });
  }
  const loss = all.reduce((sum, part) => b.add(sum, part));
  track(b, means.loss, loss, b.batch());
  return loss;
}

function trackMetric(b: Builder, metric: OutputMetric, { total, count }: Tracker, batch: Batch): void {
  b.from = { layer: metric.key, part: "metric" };
  const [y, p] = [batch.labels[metric.output]!, batch.predictions[metric.output]];
  const gain = reduceMetric(
    b,
    metric.def.value(b, metric.config, y, p, batch.older),
    mergeMask(
      b,
      metric.weighted ? batch.weights[metric.output] : undefined,
      batch.masks[metric.output],
      batch.older,
    ),
  );
  add(b, total, gain.total);
  add(b, count, gain.count);
}

/** The forward pass from inputs of these names and sizes. */
export function forward(b: Builder, model: Model, inputs: readonly Place[]): Forward {
  const nodes = inputs.map(({ name, sizes }) => b.input(name, sizes) as unknown as Node);
  return lowerForward(b, model, nodes, surroundingsOf(model));
}

/** The forward pass, all losses and penalties; where asked for, the metrics. */
export function lossProgram(b: Builder, t: Training, withMetrics: boolean): Node {
  const computed = forward(b, t.model, t.inputs);
  const batch = batchOf(b, computed, t);
  const loss = totalLoss(b, t, batch, computed.penalties);
  const { metrics } = meansOf(t.compiled);
  if (withMetrics) t.compiled.metrics.forEach((metric, k) => trackMetric(b, metric, metrics[k], batch));
  return loss;
}

/** Outputs from inputs, in inference mode. */
export function predictGraph(model: Model, inputs: readonly Place[], outputs: Outputs): Graph {
  const b = new Builder(false);
  const results = forward(b, model, inputs).outputs;
  return programOf(b, new Map(outputs.names.map((_name, k) => [outputResult(outputs, k), results[k]])));
}

/** The loss in inference mode; metrics are tracked. */
export function evaluateGraph(t: Training): Graph {
  const b = new Builder(false);
  return programOf(b, new Map([["loss", lossProgram(b, t, true)]]));
}

/** One step of training: loss, gradients, update, metrics. */
export function trainGraph(t: Training, optimizer: Chosen<OptimizerDef>): Graph {
  const b = new Builder(true);
  const loss = lossProgram(b, t, true);
  update(b, optimizer, loss, trainableWeights(t.model), t.model);
  return programOf(b, new Map([["loss", loss]]));
}

/** The loss in training mode and its gradients; nothing is changed, moving averages included. */
export function gradientsGraph(t: Training): Graph {
  const b = new Builder(true);
  const loss = lossProgram(b, t, false);
  const weights = trainableWeights(t.model);
  const gradients = differentiate(
    b,
    loss,
    weights.map((weight) => b.variable(weightVariable(weight))),
  );
  b.assigns.length = 0;
  const zero = (weight: Weight): Node =>
    b.expand(
      b.reshape(
        b.const(0),
        weight.shape.map(() => 1),
      ),
      weight.shape,
    );
  const results = weights.map(
    (weight, k) => [gradientResult(weight.path), gradients[k] ?? zero(weight)] as const,
  );
  return programOf(b, new Map([["loss", loss], ...results]));
}
