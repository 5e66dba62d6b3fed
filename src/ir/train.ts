import { ModelError } from "../diagnostics.ts";
import { differentiate } from "./autodiff.ts";
import { Builder } from "./builder.ts";
import type { Compiled, OutputLoss, OutputMetric, Outputs, Signature } from "./compile-args.ts";
import type { Graph, Node, Sizes, Variable } from "./graph.ts";
import { type Forward, lowerForward } from "./lower.ts";
import { type Model, modelWeights, type Weight } from "./model.ts";
import type { Chosen } from "./objects.ts";
import type { OptimizerDef } from "./optimizer.ts";
import { programOf } from "./program.ts";
import { type Reduction, reduceLoss, reduceMetric, toSameRank } from "./reduction.ts";
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

/** Inputs of a program beside the model's own. */
export const labelInput = (output: string): string => `y:${output}`;
export const weightInput = (output: string): string => `sample_weight:${output}`;
/** Outputs of one layer that are listed twice are numbered. */
export function outputResult({ names }: Outputs, k: number): string {
  const before = names.slice(0, k).filter((name) => name === names[k]).length;
  return `output:${names[k]}${before ? `_${before}` : ""}`;
}
export const gradientResult = (path: string): string => `gradient:${path}`;

/** The running means of a compiled model in Keras's order: the loss, the outputs' losses where several, the metrics. */
export function trackers({ losses, metrics }: Compiled): Tracker[] {
  const several = losses.length > 1 ? losses.map((loss) => loss.key) : [];
  return ["loss", ...several, ...metrics.map((metric) => metric.key)].map(tracker);
}

/** Weights that training changes, in Keras's order. */
export const trainableWeights = (model: Model): Weight[] =>
  modelWeights(model).flatMap(({ weight, trainable }) => (trainable ? [weight] : []));

function add(b: Builder, variable: Variable, gain: Node): void {
  b.assign(variable, b.add(b.variable(variable), gain));
}
/** Counts a batch's scalar `times` over: Keras weighs the loss by samples, the outputs' own losses by batches. */
function track(b: Builder, key: string, value: Node, times: Node): void {
  const { total, count } = tracker(key);
  add(b, total, b.mul(value, times));
  add(b, count, times);
}

interface Batch {
  readonly predictions: readonly Node[];
  readonly labels: readonly (Node | undefined)[];
  readonly weights: readonly (Node | undefined)[];
}

function batchOf(b: Builder, predictions: readonly Node[], { outputs, signature }: Training): Batch {
  b.from = { layer: "loss", part: "loss" };
  const inputs = (shapes: Signature["labels"], name: (output: string) => string): (Node | undefined)[] =>
    shapes.map((shape, k) => shape && (b.input(name(outputs.names[k]), shape) as unknown as Node));
  return {
    predictions,
    labels: inputs(signature.labels, labelInput),
    weights: inputs(signature.weights, weightInput),
  };
}

function outputLoss(b: Builder, loss: OutputLoss, batch: Batch): Node {
  const [y, p] = toSameRank(b, batch.labels[loss.output]!, batch.predictions[loss.output]);
  const values = loss.def.value(b, loss.config, y, p);
  return reduceLoss(b, values, batch.weights[loss.output], loss.config.reduction as Reduction);
}

function totalLoss(b: Builder, { compiled }: Training, batch: Batch, penalties: readonly Node[]): Node {
  const parts = compiled.losses.map((loss) => {
    b.from = { layer: "loss", part: "loss" };
    const value = outputLoss(b, loss, batch);
    if (compiled.losses.length > 1) track(b, loss.key, value, b.const(1));
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
  track(b, "loss", loss, b.batch());
  return loss;
}

function trackMetric(b: Builder, metric: OutputMetric, batch: Batch): void {
  b.from = { layer: metric.key, part: "metric" };
  const [y, p] = [batch.labels[metric.output]!, batch.predictions[metric.output]];
  const gain = reduceMetric(
    b,
    metric.def.value(b, metric.config, y, p),
    metric.weighted ? batch.weights[metric.output] : undefined,
  );
  const { total, count } = tracker(metric.key);
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
  const { outputs, penalties } = forward(b, t.model, t.inputs);
  const batch = batchOf(b, outputs, t);
  const loss = totalLoss(b, t, batch, penalties);
  if (withMetrics) for (const metric of t.compiled.metrics) trackMetric(b, metric, batch);
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
  update(b, optimizer, loss, trainableWeights(t.model));
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
