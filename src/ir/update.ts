import { internal, ModelError } from "../diagnostics.ts";
import { differentiate } from "./autodiff.ts";
import type { Builder } from "./builder.ts";
import type { OlderKeras } from "./fields.ts";
import { scheduledRate, scheduleOf } from "./fields/learning-rate.ts";
import { constraintTable } from "./fields/constraint.ts";
import type { Node, Variable } from "./graph.ts";
import { isLegacy, rowsAlone } from "./legacy-optimizer.ts";
import { eachLookup, lookedUp } from "./lookups.ts";
import type { Weight } from "./model.ts";
import type { Chosen } from "./objects.ts";
import type { OptimizerDef, Step } from "./optimizer.ts";
import { total } from "./reduction.ts";
import { sharedVariable } from "./optimizer-variables.ts";
import { iteration, learningRate, slotVariable, weightVariable } from "./variables.ts";

type Clip = (gradients: readonly Node[]) => readonly Node[];

const sumOfSquares = (b: Builder, g: Node): Node =>
  total(
    b,
    eachLookup(b, g, (x) => b.square(x)),
  );

/** The one way of clipping that a config asks for; 0 and less clip nothing, as in Keras. */
function clipping(b: Builder, config: Readonly<Record<string, unknown>>): Clip {
  const [norm, global, value] = [config.clipnorm, config.global_clipnorm, config.clipvalue].map((limit) =>
    Math.max(Number(limit), 0),
  );
  if (norm) return (gradients) => gradients.map((g) => clipAlone(b, g, norm));
  if (global) return (gradients) => clipTogether(b, gradients, global);
  if (value) return (gradients) => gradients.map((g) => eachLookup(b, g, (x) => b.clip(x, -value, value)));
  return (gradients) => gradients;
}
/** Every look-up by itself, as the optimizer then takes it. */
function clipAlone(b: Builder, g: Node, limit: number): Node {
  const size = b.max(b.sqrt(sumOfSquares(b, g)), limit);
  return eachLookup(b, g, (x) => b.div(b.mul(x, limit), size));
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
  const legacy = isLegacy(config, older);
  const [learning_rate, shared] = [rateOf(b, config), sharedOf(b, optimizer)];
  reached.forEach(({ weight, w, g }, k) =>
    updateWeight(b, optimizer, weight, {
      w,
      g: gradients[k],
      each: (f) => each(gradients[k], f),
      ...{ learning_rate, shared, legacy },
      changed: legacy && rowsAlone(older) ? lookedUp(b, g) : undefined,
    }),
  );
  b.assign(iteration, b.add(b.variable(iteration), 1));
}

/** The rate of this step. */
function rateOf(b: Builder, config: Chosen<OptimizerDef>["config"]): Node {
  const schedule = scheduleOf(config);
  return schedule ? scheduledRate(b, schedule, b.variable(iteration)) : b.variable(learningRate);
}

/** The number that all weights share, made anew for this step. */
function sharedOf(b: Builder, { def, config }: Chosen<OptimizerDef>): Node {
  if (!def.shared) return b.const(0);
  const variable = sharedVariable(def.shared);
  const value = def.shared.next(b, config, b.variable(variable), b.variable(iteration));
  b.assign(variable, value);
  return value;
}

interface WeightStep extends Omit<Step, "slots" | "iteration"> {
  /** Not 0 in the rows of a table that are changed; undefined where all are. */
  readonly changed: Node | undefined;
}

function updateWeight(
  b: Builder,
  { def, config }: Chosen<OptimizerDef>,
  weight: Weight,
  { w, changed, ...step }: WeightStep,
): void {
  const decay = config.weight_decay as number | null;
  const names = def.slots(config).flat();
  const slots = Object.fromEntries(names.map((slot) => [slot, b.variable(slotVariable(weight, slot))]));
  const decayed = decay === null ? w : b.sub(w, b.mul(b.mul(w, decay), step.learning_rate));
  const next = def.update(b, config, { ...step, w: decayed, slots, iteration: b.variable(iteration) });
  const rows = changed && def.legacy?.rows?.(config);
  const keep = (now: Node, old: Node): Node => b.where(changed!, now, old);
  b.assign(weightVariable(weight), constrained(b, weight, rows ? keep(next.w, w) : next.w));
  for (const slot of names) {
    const value = next.slots[slot]!;
    b.assign(slotVariable(weight, slot), rows === "slots" ? keep(value, slots[slot]) : value);
  }
}

/** A new weight as its constraint has it. */
function constrained(b: Builder, { constraint, path }: Weight, w: Node): Node {
  if (!constraint) return w;
  const def = constraintTable.get(constraint.class_name);
  if (!def) throw internal(`${path} has no constraint ${constraint.class_name}`);
  return def.lower(b, constraint.config, w);
}
