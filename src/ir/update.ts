import { internal, ModelError } from "../diagnostics.ts";
import { differentiate } from "./autodiff.ts";
import type { Builder } from "./builder.ts";
import type { OlderKeras } from "./fields.ts";
import { scheduledRate, scheduleOf } from "./fields/learning-rate.ts";
import { constraintTable } from "./fields/constraint.ts";
import type { Node, Variable } from "./graph.ts";
import { eachLookup } from "./lookups.ts";
import type { Weight } from "./model.ts";
import type { Chosen } from "./objects.ts";
import type { OptimizerDef, Step } from "./optimizer.ts";
import { total } from "./reduction.ts";
import { numel } from "./tensor.ts";
import { iteration, learningRate, slotVariable, weightVariable } from "./variables.ts";

/** An optimizer's slots in Keras's order: group by group, in each weight by weight. */
export function slotsOf(
  { def, config }: Chosen<OptimizerDef>,
  weights: readonly Weight[],
): { weight: Weight; slot: string }[] {
  return def
    .slots(config)
    .flatMap((group) => weights.flatMap((weight) => group.map((slot) => ({ weight, slot }))));
}

/** The optimizer's variables in Keras's order, by Keras's paths. */
export function optimizerVariables(
  optimizer: Chosen<OptimizerDef>,
  weights: readonly Weight[],
): { path: string; variable: Variable }[] {
  const { def, config } = optimizer;
  const prefix = typeof config.name === "string" ? config.name : def.name.toLowerCase();
  const slots = slotsOf(optimizer, weights).map(({ weight, slot }) => ({
    path: `${prefix}/${weight.path.replaceAll("/", "_")}_${slot}`,
    variable: slotVariable(weight, slot),
  }));
  const rate = { path: `${prefix}/learning_rate`, variable: learningRate };
  return [
    { path: `${prefix}/iteration`, variable: iteration },
    ...(scheduleOf(config) ? [] : [rate]),
    ...slots,
  ];
}

/** Elements of all of them, which Keras's summary counts. */
export const optimizerElements = (optimizer: Chosen<OptimizerDef>, weights: readonly Weight[]): number =>
  optimizerVariables(optimizer, weights).reduce((sum, { variable }) => sum + numel(variable.shape), 0);

type Clip = (gradients: readonly Node[]) => readonly Node[];

const sumOfSquares = (b: Builder, g: Node): Node =>
  total(
    b,
    eachLookup(b, g, (x) => b.square(x)),
  );

/** The one way of clipping that a config asks for; 0 clips nothing, as in Keras. */
function clipping(b: Builder, config: Readonly<Record<string, unknown>>): Clip {
  const [norm, global, value] = [config.clipnorm, config.global_clipnorm, config.clipvalue] as (
    number | null
  )[];
  if (norm)
    return (gradients) =>
      gradients.map((g) => {
        const limit = b.max(b.sqrt(sumOfSquares(b, g)), norm);
        return eachLookup(b, g, (x) => b.div(b.mul(x, norm), limit));
      });
  if (global) return (gradients) => clipTogether(b, gradients, global);
  if (value) return (gradients) => gradients.map((g) => eachLookup(b, g, (x) => b.clip(x, -value, value)));
  return (gradients) => gradients;
}
function clipTogether(b: Builder, gradients: readonly Node[], limit: number): readonly Node[] {
  const norm = b.sqrt(gradients.map((g) => sumOfSquares(b, g)).reduce((sum, part) => b.add(sum, part)));
  // an infinite norm must not pass for a finite one
  const scale = b.add(b.mul(b.min(b.div(1, norm), 1 / limit), limit), b.sub(norm, norm));
  return gradients.map((g) => b.mul(g, scale));
}

interface UpdateOptions {
  /** Where each gradient is left, as differentiated, before clipping. */
  keep?(weight: Weight): Variable;
  /** The Keras 1 or 2 that is followed. */
  readonly older?: OlderKeras;
}

/** Differentiates a loss and writes the optimizer's update of every weight it depends on. */
export function update(
  b: Builder,
  optimizer: Chosen<OptimizerDef>,
  loss: Node,
  weights: readonly Weight[],
  { keep, older }: UpdateOptions = {},
): void {
  // without weights Keras never calls the optimizer: no step is counted either
  if (weights.length === 0) return;
  const { def, config } = optimizer;
  const scale = config.loss_scale_factor as number | null;
  const nodes = weights.map((weight) => b.variable(weightVariable(weight)));
  const raw = differentiate(b, scale ? b.mul(loss, scale) : loss, nodes);
  b.from = { layer: def.name, part: "update" };
  const reached = weights.flatMap((weight, k) => (raw[k] ? [{ weight, w: nodes[k], g: raw[k] }] : []));
  if (reached.length === 0) {
    throw new ModelError({ code: "no-gradient", message: "The loss depends on no weight that is trained." });
  }
  if (keep) for (const { weight, g } of reached) b.assign(keep(weight), g);
  const gradients = clipping(b, config)(reached.map(({ g }) => (scale ? b.div(g, scale) : g)));
  // Keras 1 and 2 add up the look-ups of a row first
  const each = (g: Node, f: (x: Node) => Node): Node => (older ? f(g) : eachLookup(b, g, f));
  const learning_rate = rateOf(b, config);
  reached.forEach(({ weight, w }, k) =>
    updateWeight(b, optimizer, weight, {
      w,
      g: gradients[k],
      each: (f) => each(gradients[k], f),
      learning_rate,
    }),
  );
  b.assign(iteration, b.add(b.variable(iteration), 1));
}

/** The rate of this step. */
function rateOf(b: Builder, config: Chosen<OptimizerDef>["config"]): Node {
  const schedule = scheduleOf(config);
  return schedule ? scheduledRate(b, schedule, b.variable(iteration)) : b.variable(learningRate);
}

function updateWeight(
  b: Builder,
  { def, config }: Chosen<OptimizerDef>,
  weight: Weight,
  { w, learning_rate, ...gradient }: Pick<Step, "w" | "g" | "each" | "learning_rate">,
): void {
  const decay = config.weight_decay as number | null;
  const names = def.slots(config).flat();
  const slots = Object.fromEntries(names.map((slot) => [slot, b.variable(slotVariable(weight, slot))]));
  const decayed = decay === null ? w : b.sub(w, b.mul(b.mul(w, decay), learning_rate));
  const next = def.update(b, config, {
    ...gradient,
    w: decayed,
    slots,
    iteration: b.variable(iteration),
    learning_rate,
  });
  b.assign(weightVariable(weight), constrained(b, weight, next.w));
  for (const slot of names) b.assign(slotVariable(weight, slot), next.slots[slot]!);
}

/** A new weight as its constraint has it. */
function constrained(b: Builder, { constraint, path }: Weight, w: Node): Node {
  if (!constraint) return w;
  const def = constraintTable.get(constraint.class_name);
  if (!def) throw internal(`${path} has no constraint ${constraint.class_name}`);
  return def.lower(b, constraint.config, w);
}
