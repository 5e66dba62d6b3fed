import type { Builder } from "../../builder.ts";
import type { Node } from "../../graph.ts";
import type { CellRole, Misfit, OlderClass, StepsTaken, StepsWanted, WeightSpec } from "../../layer.ts";
import { activatedShape } from "../../activate.ts";
import { scan, type Scanned } from "../../scan.ts";
import { formatShape, type Shape } from "../../tensor.ts";
import { filled } from "../masks.ts";
import { type Drops, dropsOf, inputProducts } from "./drops.ts";
import type { CellOptions } from "./options.ts";
import type { OlderGates } from "./saved-gates.ts";
import { type Carried, recurrentProducts, type Step } from "./step.ts";

/** What a cell computes at one step. */
export interface Cell<C extends CellOptions> {
  /** As Keras names it: "lstm_cell". */
  readonly name: string;
  /** Classes of Keras 1 and 2 that are the layer which runs it. */
  readonly older?: readonly OlderClass[];
  /** How files of older Keras keep its weights. */
  readonly saved: OlderGates;
  /** How many blocks of `units` columns the kernels have: one a gate. */
  readonly gates: number;
  /** How many values of `units` it carries on, its output the first. */
  readonly states: number;
  bias(c: C): Omit<WeightSpec, "regularizer">;
  /** The bias that is added to the input products, and the one that a step needs. */
  biases(b: Builder, c: C, bias: Node): { readonly input: Node; readonly recurrent?: Node };
  step(b: Builder, c: C, step: Step): Carried;
}

/** The weights of a cell whose input has so many features. */
export function weightsOf<C extends CellOptions>(
  cell: Cell<C>,
  c: C,
  features: number,
): Readonly<Record<"kernel" | "recurrent_kernel", WeightSpec>> & { readonly bias: WeightSpec | undefined } {
  const columns = cell.gates * c.units;
  return {
    kernel: {
      shape: [features, columns],
      initializer: c.kernel_initializer,
      regularizer: c.kernel_regularizer,
      constraint: c.kernel_constraint,
    },
    recurrent_kernel: {
      shape: [c.units, columns],
      initializer: c.recurrent_initializer,
      regularizer: c.recurrent_regularizer,
      constraint: c.recurrent_constraint,
    },
    bias: c.use_bias
      ? { ...cell.bias(c), regularizer: c.bias_regularizer, constraint: c.bias_constraint }
      : undefined,
  };
}

/** Refuses an activation that makes another number of units of them. */
export function checkActivation(c: CellOptions, batch: Shape[0], misfit: Misfit): void {
  const state = [batch, c.units];
  if (`${activatedShape(c.activation, state, misfit)}` !== `${state}`)
    misfit("an activation that keeps the number of units", "one that changes it");
}

/** How an RNN runs a cell: the input's products of all steps at once, then a loop. */
export const roleOf = <C extends CellOptions>(cell: Cell<C>): CellRole<C> => ({
  widths: ({ units }) => Array.from({ length: cell.states }, () => units),
  units: ({ units }) => units,
  run(b, c, x, w, wanted) {
    const drops = dropsOf(b, c, cell.gates, x, wanted.seed());
    const biases = w.bias && cell.biases(b, c, w.bias);
    const z = inputProducts(b, x, w.kernel!, biases?.input, drops);
    return loop(b, c, cell, z, { kernel: w.recurrent_kernel!, bias: biases?.recurrent }, drops, wanted);
  },
});

/** Everything about a cell but its name and fields. */
export const cellLayer = <C extends CellOptions>(cell: Cell<C>) => ({
  builds: true as const,
  cell: roleOf(cell),
  seed: (c: C) => c.seed,
  output: (c: C, x: Shape, misfit: Misfit): Shape =>
    misfit(`RNN(${cell.name}) around it`, `a call of the cell alone on ${formatShape(x)}`) ?? [x[0], c.units],
  weights: (c: C, x: Shape) => weightsOf(cell, c, x.at(-1)!),
  lower: (_b: Builder, _c: C, x: Node): Node => x,
});

/** The weights that a step reads. */
interface StepWeights {
  readonly kernel: Node;
  readonly bias?: Node | undefined;
}

function loop<C extends CellOptions>(
  b: Builder,
  c: C,
  cell: Cell<C>,
  z: Node,
  { kernel, bias }: StepWeights,
  drops: Drops,
  { initial: given, masks, backwards, unrolled }: StepsWanted,
): StepsTaken {
  const zero = filled(b, 0, [z.shape[0], c.units]);
  const initial = given ?? Array.from({ length: cell.states }, () => zero);
  // masked steps repeat the last output: the state, but before the first output, where that is 0 and the state is not
  const apart = masks !== undefined && given !== undefined;
  /** Which part is what the output is taken of by softmax or sigmoid. */
  let logits: number | undefined;
  const run = scan(b, {
    initial: apart ? [...initial, zero] : initial,
    sequences: [backwards ? b.flip(z, 1) : z, ...(masks ? [masks.steps] : [])],
    constants: [kernel, ...(bias ? [bias] : []), ...drops.recurrent],
    step(inner, before, [now, counts], [u, ...rest]) {
      const dropped = rest.slice(bias ? 1 : 0);
      const states = before.slice(0, cell.states);
      const product = recurrentProducts(inner, u, dropped, c.units);
      const made = cell.step(inner, c, { z: now, states, product, bias: bias && rest[0] });
      const next = apart ? [...made.states, made.states[0]] : made.states;
      const carried = counts ? next.map((y, k) => inner.where(counts, y, before[k])) : next;
      const kept = inner.training ? made.kept.filter((x) => !carried.includes(x)) : [];
      const of = unrolled && !counts ? inner.logits.get(made.states[0])?.of : undefined;
      if (of) logits = carried.length + kept.length;
      return [...carried, ...kept, ...(of ? [of] : [])];
    },
  });
  return taken(b, run, { output: apart ? cell.states : 0, states: cell.states, logits });
}

/** What is to be had of a scan: which part is the output, how many are states, and which part the output is the softmax or sigmoid of. */
function taken(
  b: Builder,
  run: Scanned,
  { output, states, logits }: { output: number; states: number; logits: number | undefined },
): StepsTaken {
  const known = (last: Node): Node =>
    logits === undefined ? last : b.remember(last, { of: run.last(logits) });
  return {
    all: () => run.all(output),
    last: () => known(run.last(output)),
    states: Array.from({ length: states }, (_, k) => (k === output ? known(run.last(k)) : run.last(k))),
  };
}
