import { activatedShape } from "../../activate.ts";
import type { Builder } from "../../builder.ts";
import { type Bound, tensor, tensors } from "../../call-arguments.ts";
import type { Node } from "../../graph.ts";
import type { MaskSite, Extra, Mask, Misfit, OlderClass, WeightSpec } from "../../layer.ts";
import type { SavedArray, SavedBy, Taken } from "../../saved-arrays.ts";
import { scan } from "../../scan.ts";
import { formatShape, type Shape } from "../../tensor.ts";
import { filled } from "../masks.ts";
import { type Drops, dropsOf, inputProducts } from "./drops.ts";
import { masksOf, outputsOf } from "./masks.ts";
import type { RecurrentOptions } from "./options.ts";
import { type OlderGates, savedGates } from "./saved-gates.ts";
import { type Carried, recurrentProducts, type Step } from "./step.ts";

/** What one step of a recurrent layer computes. */
export interface Cell<C extends RecurrentOptions> {
  /** As Keras names it: "lstm_cell". */
  readonly name: string;
  /** Classes of Keras 1 and 2 that are the layer. */
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

const call = { initial_state: tensors, mask: tensor } as const;
type Call = typeof call;

/** Outputs, and that what comes in fits. */
function outputShape<C extends RecurrentOptions>(
  cell: Cell<C>,
  c: C,
  x: Shape,
  initial_state: readonly Shape[] | undefined,
  misfit: Misfit,
): Shape | readonly Shape[] {
  if (x.length !== 3) misfit("3 dimensions: the batch, steps and features", `shape ${formatShape(x)}`);
  if (x[2] === null) misfit("a known last dimension", `shape ${formatShape(x)}`);
  const state = [x[0], c.units];
  if (`${activatedShape(c.activation, state, misfit)}` !== `${state}`)
    misfit("an activation that keeps the number of units", "one that changes it");
  const given = initial_state ?? Array.from({ length: cell.states }, () => state);
  if (given.length !== cell.states || given.some((s) => s.length !== 2 || s[1] !== c.units))
    misfit(
      `an initial_state of ${cell.states} of shape ${formatShape(state)}`,
      given.map(formatShape).join(", "),
    );
  const y = c.return_sequences ? [x[0], x[1], c.units] : state;
  return c.return_state ? [y, ...Array.from({ length: cell.states }, () => state)] : y;
}

function weightsOf<C extends RecurrentOptions>(
  cell: Cell<C>,
  c: C,
  x: Shape,
): Record<string, WeightSpec | undefined> {
  const columns = cell.gates * c.units;
  return {
    [`${cell.name}/kernel`]: {
      ...{ shape: [x[2]!, columns], holder: "cell" },
      ...{
        initializer: c.kernel_initializer,
        regularizer: c.kernel_regularizer,
        constraint: c.kernel_constraint,
      },
    },
    [`${cell.name}/recurrent_kernel`]: {
      ...{ shape: [c.units, columns], holder: "cell" },
      ...{
        initializer: c.recurrent_initializer,
        regularizer: c.recurrent_regularizer,
        constraint: c.recurrent_constraint,
      },
    },
    [`${cell.name}/bias`]: c.use_bias
      ? { ...cell.bias(c), regularizer: c.bias_regularizer, constraint: c.bias_constraint, holder: "cell" }
      : undefined,
  };
}

/** Everything about a recurrent layer but its name and fields. */
export const recurrent = <C extends RecurrentOptions>(cell: Cell<C>) => ({
  older: { silent: ["input_length"], classes: cell.older ?? [] },
  input: "sequences",
  call,
  list_rest: "initial_state" as const,
  supports_masking: true as const,
  builds: true as const,
  outputs: (c: C) => (c.return_state ? 1 + cell.states : 1),
  seed: (c: C) => c.seed,
  output: (c: C, x: Shape, misfit: Misfit, { initial_state }: Bound<Call, Shape>) =>
    outputShape(cell, c, x, initial_state, misfit),
  weights: (c: C, x: Shape) => weightsOf(cell, c, x),
  older_arrays: (next: readonly SavedArray[], c: C, by: SavedBy, shapes: readonly unknown[]): Taken =>
    savedGates(next, c.units, by, cell.saved, shapes.length),
  lower(
    b: Builder,
    c: C,
    x: Node,
    w: Readonly<Record<string, Node | undefined>>,
    { seed, args }: Extra<Call>,
  ): readonly Node[] {
    const drops = dropsOf(b, c, cell.gates, x, seed);
    const bias = w[`${cell.name}/bias`];
    const biases = bias && cell.biases(b, c, bias);
    const z = inputProducts(b, x, w[`${cell.name}/kernel`]!, biases?.input, drops);
    const weights = { kernel: w[`${cell.name}/recurrent_kernel`]!, bias: biases?.recurrent };
    return outputsOf(b, c, cell.states, loop(b, c, cell, z, weights, drops, args));
  },
  mask_nodes: <T>(c: C, { masks }: MaskSite<T>): T | undefined => (c.return_sequences ? masks[0] : undefined),
  mask: (_b: Builder, c: C, _x: Node, mask: Mask): Mask => (c.return_sequences ? mask : undefined),
});

/** The weights that a step reads. */
interface StepWeights {
  readonly kernel: Node;
  readonly bias?: Node | undefined;
}

function loop<C extends RecurrentOptions>(
  b: Builder,
  c: C,
  cell: Cell<C>,
  z: Node,
  { kernel, bias }: StepWeights,
  drops: Drops,
  { initial_state, mask }: Bound<Call, Node>,
) {
  const zero = filled(b, 0, [z.shape[0], c.units]);
  const initial = initial_state ?? Array.from({ length: cell.states }, () => zero);
  const masks = mask && masksOf(b, c, mask, z);
  // masked steps repeat the last output: the state, but before the first output, where that is 0 and the state is not
  const apart = masks !== undefined && initial_state !== undefined;
  const constants = [kernel, ...(bias ? [bias] : []), ...drops.recurrent];
  const run = scan(b, {
    initial: apart ? [...initial, zero] : initial,
    sequences: [c.go_backwards ? b.flip(z, 1) : z, ...(masks ? [masks.steps] : [])],
    constants,
    step(inner, before, [now, counts], [u, ...rest]) {
      const dropped = rest.slice(bias ? 1 : 0);
      const states = before.slice(0, cell.states);
      const product = recurrentProducts(inner, u, dropped, c.units);
      const made = cell.step(inner, c, { z: now, states, product, bias: bias && rest[0] });
      const next = apart ? [...made.states, made.states[0]] : made.states;
      const carried = counts ? next.map((y, k) => inner.where(counts, y, before[k])) : next;
      const kept = inner.training ? made.kept.filter((x) => !carried.includes(x)) : [];
      return [...carried, ...kept];
    },
  });
  return { run, masks, output: apart ? cell.states : 0 };
}
