import { ModelError } from "../diagnostics.ts";
import type { Weight } from "../ir/model.ts";
import { formatShape } from "../ir/tensor.ts";
import type { ArraysFor } from "./legacy-arrays.ts";
import type { ModelFile } from "./model-file.ts";
import { toFloat32, type NamedArray, type StoredArray } from "./stored-array.ts";

/** What an optimizer remembers between steps. */
export interface OptimizerState {
  /** Updates made so far. */
  readonly iteration: number;
  /** Absent where the file leaves it to the configuration (tf.keras, schedules). */
  readonly learning_rate?: number;
  /**
   * One array for every slot of every trainable weight, in Keras's order; see `slotOrder`. Fewer where no more of the
   * file's fit: see `leading`.
   */
  readonly slots: readonly Float32Array[];
  /** The number that all weights share; absent where the file does not keep one. */
  readonly shared?: number;
}

/** A slot of a weight: Keras 3 names it `adam/sequential_dense_kernel_momentum`. */
export interface Slot {
  readonly name: string;
  readonly weight: Weight;
}

/**
 * The order in which Keras 3 creates and stores slots. `groups` are the optimizer's slots: Adam has
 * [["momentum", "velocity"]] and AMSGrad a second group; within a group they are made weight by weight.
 */
export const slotOrder = (groups: readonly (readonly string[])[], trainable: readonly Weight[]): Slot[] =>
  groups.flatMap((group) => trainable.flatMap((weight) => group.map((name) => ({ name, weight }))));

type Groups = readonly (readonly string[])[];

/** How a file says it. */
export interface StateForm {
  /** Reads the slots of files of Keras 1 and 2. */
  readonly older?: ArraysFor | undefined;
  /** Older Keras kept the slots of each weight together even then. */
  readonly by_weight?: boolean | undefined;
  /** Keras 3 keeps a number that all weights share behind the slots. */
  readonly shared?: boolean;
}

/**
 * The optimizer's state in a file, undefined where there is none.
 * Throws a ModelError if it does not belong to these weights and slots.
 */
export function readOptimizerState(
  file: Pick<ModelFile, "optimizer">,
  groups: Groups,
  trainable: readonly Weight[],
  { older, by_weight = false, shared = false }: StateForm = {},
): OptimizerState | undefined {
  const [first] = file.optimizer;
  if (first === undefined) return undefined;
  const bySlot = older ? !NEWER.test(first.name) : file.optimizer.some(({ name }) => SLOT_LAST.test(name));
  if (bySlot && !by_weight) return slotBySlot(file.optimizer, groups, trainable, older ?? asTheyAre);
  const wanted = slotOrder(groups, trainable);
  return older && NEWER.test(first.name)
    ? leading(file.optimizer, wanted)
    : weightByWeight(file.optimizer, wanted, shared);
}

/**
 * tf.keras since 2.11 goes through an `.h5` file's variables and its own side by side and takes them until the first
 * that does not fit, or until one side has no more.
 */
function leading([first, ...rest]: readonly NamedArray[], wanted: readonly Slot[]): OptimizerState {
  const hasRate = rest.length > wanted.length && rest[0].shape.length === 0;
  const all = hasRate ? rest.slice(1) : rest;
  const misfits = wanted.findIndex(({ weight }, k) => all[k]?.shape.join() !== weight.shape.join());
  const fitting = misfits < 0 ? wanted : wanted.slice(0, misfits);
  const rate = hasRate ? { learning_rate: Number(rest[0].data[0]) } : {};
  return { iteration: count(first), ...rate, slots: fitting.map((slot, k) => slotValues(all[k], slot)) };
}

/** Keras 3 and tf.keras since 2.11 count the iterations under this name, and keep the slots of a weight together. */
const NEWER = /(^|\/)iteration(:0)?$/;
/** The optimizers of tf.keras before 2.11 named the slot last: `Adam/dense/kernel/m:0`. */
const SLOT_LAST = /\/(m|v|vhat|momentum|rms|mg)(:\d+)?$/;

const asTheyAre: ArraysFor = ({ length }, next) => ({
  arrays: next.slice(0, length),
  rest: next.slice(length),
});

function weightByWeight(
  all: readonly NamedArray[],
  wanted: readonly Slot[],
  shares: boolean,
): OptimizerState {
  const last = all.at(-1)!;
  const shared = shares && all.length > wanted.length + 1 && last.shape.length === 0 ? 1 : 0;
  const [first, second] = all;
  const rest = all.length - wanted.length - shared;
  const hasRate = rest === 2 && second?.shape.length === 0;
  if (first.shape.length > 0 || (rest !== 1 && !hasRate)) throw misfit(wanted.length, all);
  return {
    iteration: count(first),
    ...(hasRate && { learning_rate: Number(second.data[0]) }),
    slots: wanted.map((slot, i) => slotValues(all[rest + i], slot)),
    ...(shared && { shared: Number(last.data[0]) }),
  };
}

/**
 * Older optimizers kept one slot of all weights, then the next. Some of Keras 2 and earlier did not keep their
 * iterations; Adam of Keras 2.1 to 2.3 kept a number for every slot that it did not use.
 */
function slotBySlot(
  all: readonly NamedArray[],
  groups: Groups,
  trainable: readonly Weight[],
  older: ArraysFor,
): OptimizerState {
  const scalars = all.findIndex(({ shape }) => shape.length > 0);
  let rest = scalars < 0 ? [] : all.slice(scalars);
  const slots = groups.flatMap((group) => {
    const kept = group.map(() => {
      const read = older(trainable, rest);
      rest = [...read.rest];
      return read.arrays;
    });
    return trainable.flatMap((_, w) => kept.map((arrays) => arrays.at(w)));
  });
  const wanted = slotOrder(groups, trainable);
  if (slots.includes(undefined) || rest.some(({ shape }) => shape.join() !== "1"))
    throw misfit(wanted.length, all);
  return {
    iteration: scalars === 0 ? 0 : count(all[0]),
    slots: (slots as StoredArray[]).map((array, i) => slotValues(array, wanted[i])),
  };
}

function count(array: NamedArray): number {
  const value = Number(array.data[0]);
  if (!Number.isSafeInteger(value) || value < 0) throw badIteration(array, value);
  return value;
}

function slotValues(array: StoredArray & { readonly name?: string }, { name, weight }: Slot): Float32Array {
  if (array.shape.join() === weight.shape.join()) return toFloat32(array);
  throw new ModelError({
    code: "optimizer-shape",
    message: `The optimizer's ${name} of ${weight.path} has another shape in the file.`,
    at: { path: array.name ?? weight.path },
    expected: formatShape(weight.shape),
    received: formatShape(array.shape),
  });
}

const misfit = (wanted: number, found: readonly NamedArray[]): ModelError =>
  new ModelError({
    code: "optimizer-count",
    message:
      "The optimizer in the file has another number of variables than this optimizer has for this model.",
    expected: `${wanted + 2} (iteration, learning rate, slots: ${wanted}), or without the learning rate`,
    received: `${found.length} (${found
      .slice(0, 4)
      .map((a) => a.name)
      .join(", ")}${found.length > 4 ? ", …" : ""})`,
    hint: "Load the model without its optimizer, or compile with the optimizer that it was saved with.",
  });

const badIteration = (array: NamedArray, value: number): ModelError =>
  new ModelError({
    code: "optimizer-iteration",
    message: "The optimizer's iteration is not a count.",
    at: { path: array.name },
    received: String(value),
  });

/**
 * The state as Keras 3 stores it: `adam/iteration` (int64, as the TensorFlow backend has it), `adam/learning_rate`
 * unless a schedule gives it, the slots, what all weights share. `name` is the optimizer's own, `shared` that of the
 * number that all weights share.
 */
export function writeOptimizerState(
  name: string,
  state: OptimizerState,
  groups: Groups,
  trainable: readonly Weight[],
  shared?: string,
): NamedArray[] {
  const scalar = (array: Pick<StoredArray, "dtype" | "data">, what: string): NamedArray => ({
    name: `${name}/${what}`,
    shape: [],
    ...array,
  });
  const head = [scalar({ dtype: "int64", data: new BigInt64Array([BigInt(state.iteration)]) }, "iteration")];
  if (state.learning_rate !== undefined) {
    head.push(scalar({ dtype: "float32", data: new Float32Array([state.learning_rate]) }, "learning_rate"));
  }
  const slots = slotOrder(groups, trainable).map(({ name: slot, weight }, i): NamedArray => ({
    name: `${name}/${weight.path.replaceAll("/", "_")}_${slot}`,
    shape: weight.shape,
    dtype: "float32",
    data: state.slots[i],
  }));
  const tail =
    shared === undefined || state.shared === undefined
      ? []
      : [scalar({ dtype: "float32", data: new Float32Array([state.shared]) }, shared)];
  return [...head, ...slots, ...tail];
}
