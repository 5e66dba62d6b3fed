import type { Builder } from "../../builder.ts";
import { type Bound, tensor, tensors } from "../../call-arguments.ts";
import type { OlderKeras } from "../../fields.ts";
import type { Raw } from "../../fields/read.ts";
import { releaseOf } from "../../fields/release.ts";
import type { Node } from "../../graph.ts";
import type {
  CellRole,
  Extra,
  Mask,
  MaskSite,
  Misfit,
  OlderWords,
  StepMasks,
  StepsTaken,
  WeightSpec,
} from "../../layer.ts";
import type { SavedArray, SavedBy, Taken } from "../../saved-arrays.ts";
import { formatShape, type Shape } from "../../tensor.ts";
import { type Cell, checkActivation, roleOf, weightsOf } from "./cell.ts";
import { masksOf, outputsOf } from "./masks.ts";
import type { CellOptions, SequenceOptions } from "./options.ts";
import { savedGates } from "./saved-gates.ts";

export const call = { initial_state: tensors, mask: tensor } as const;
export type Call = typeof call;

/** Sizes of a cell's output and of what it carries on. */
export interface Sizes {
  readonly units: number;
  readonly widths: readonly number[];
}
const sizesOf = <C>({ units, widths }: CellRole<C>, c: C): Sizes => ({ units: units(c), widths: widths(c) });

/** The usual slip where steps are missing. */
const STACKED = "A recurrent layer before it gives all steps with return_sequences=True.";

/** Outputs, and that what comes in fits. */
export function outputShape(
  { units, widths }: Sizes,
  c: SequenceOptions,
  x: Shape,
  initial_state: readonly Shape[] | undefined,
  misfit: Misfit,
): readonly Shape[] {
  if (x.length !== 3)
    misfit(
      "3 dimensions: the batch, steps and features",
      `shape ${formatShape(x)}`,
      x.length === 2 ? STACKED : undefined,
    );
  if (x[2] === null) misfit("a known last dimension", `shape ${formatShape(x)}`);
  const states = widths.map((width): Shape => [x[0], width]);
  const given = initial_state ?? states;
  if (given.length !== widths.length || given.some((s, k) => s.length !== 2 || s[1] !== widths[k]))
    misfit(
      `an initial_state of ${widths.length} of shape ${[...new Set(states.map(formatShape))].join(", ")}`,
      given.map(formatShape).join(", "),
    );
  const y = c.return_sequences ? [x[0], x[1], units] : [x[0], units];
  return c.return_state ? [y, ...states] : [y];
}

/** Runs a cell over a sequence as an RNN does: from what was given, or remembered, to what is given out. */
export function runOver(
  b: Builder,
  c: SequenceOptions,
  x: Node,
  { args, remembered }: Pick<Extra<Call>, "args" | "remembered">,
  run: (initial: readonly Node[] | undefined, masks: StepMasks | undefined) => StepsTaken,
): readonly Node[] {
  const held = remembered();
  const recalled = held.map((state) => b.recall(state));
  const masks = args.mask && masksOf(b, c, args.mask, x);
  const done = run(args.initial_state ?? (c.stateful ? recalled : undefined), masks);
  held.forEach((state, k) => b.assign(state, b.reshape(done.states[k], state.shape)));
  return outputsOf(b, c, done, masks);
}

/** What every layer that runs a cell has. */
export const sequential = {
  input: "sequences",
  call,
  list_rest: "initial_state" as const,
  supports_masking: true as const,
  builds: true as const,
  mask_nodes: <T>(c: SequenceOptions, { masks }: MaskSite<T>): T | undefined =>
    c.return_sequences ? masks[0] : undefined,
  mask: (_b: Builder, c: SequenceOptions, _x: Node, mask: Mask): Mask =>
    c.return_sequences ? mask : undefined,
};

/** Keras 1 kept the gates' weights apart, but for graphics cards, and then gave all of them the kernel's regularizer. */
function penaltyOfGates(config: Raw, from: OlderKeras): Raw {
  const release = releaseOf(from);
  const isApart = release !== undefined && release.number < 20000 && config.implementation === 1;
  return isApart ? { ...config, recurrent_regularizer: config.kernel_regularizer ?? null } : config;
}

/** Without dropout it says in which order Keras multiplies, and no more; GRU of Keras 3.0 to 3.6 does not take it. */
function withoutOrder(config: Raw): Raw {
  if (config.dropout || config.recurrent_dropout) return config;
  const { implementation: _, ...rest } = config;
  return rest;
}

const olderWords = ({ gates, older = [] }: Pick<Cell<CellOptions>, "gates" | "older">): OlderWords => ({
  silent: ["input_length"],
  classes: older,
  input_of: (_c, [[inputs]]) => [null, inputs],
  settle: (config, from) => withoutOrder(gates > 1 ? penaltyOfGates(config, from) : config),
});

/** Everything about a recurrent layer but its name and fields. */
export function recurrent<O extends CellOptions>(cell: Cell<O>) {
  type C = O & SequenceOptions;
  const role = roleOf(cell);
  return {
    ...sequential,
    older: olderWords(cell),
    outputs: (c: C) => (c.return_state ? 1 + cell.states : 1),
    seed: (c: C) => c.seed,
    remembers: (c: C) => (c.stateful ? role.widths(c) : []),
    output(c: C, x: Shape, misfit: Misfit, { initial_state }: Bound<Call, Shape>): readonly Shape[] {
      checkActivation(c, x[0], misfit);
      return outputShape(sizesOf(role, c), c, x, initial_state, misfit);
    },
    weights: (c: C, x: Shape): Record<string, WeightSpec | undefined> =>
      Object.fromEntries(
        Object.entries(weightsOf(cell, c, x[2]!)).map(([key, spec]) => [
          `${cell.name}/${key}`,
          spec && { ...spec, holder: "cell" },
        ]),
      ),
    older_arrays: (next: readonly SavedArray[], c: C, by: SavedBy, shapes: readonly unknown[]): Taken =>
      savedGates(next, c.units, by, cell.saved, shapes.length),
    lower(
      b: Builder,
      c: C,
      x: Node,
      w: Readonly<Record<string, Node | undefined>>,
      extra: Extra<Call>,
    ): readonly Node[] {
      const of = (key: string): Node | undefined => w[`${cell.name}/${key}`];
      const weights = { kernel: of("kernel"), recurrent_kernel: of("recurrent_kernel"), bias: of("bias") };
      return runOver(b, c, x, extra, (initial, masks) =>
        role.run(b, c, x, weights, {
          ...{ initial, masks, backwards: c.go_backwards, unrolled: c.unroll },
          seed: () => extra.seed!,
        }),
      );
    },
  };
}
