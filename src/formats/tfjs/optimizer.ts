import { type Diagnostic, ModelError } from "../../diagnostics.ts";
import type { Model, Weight } from "../../ir/model.ts";
import type { TfjsFile } from "../model-file.ts";
import { type NamedArray, toFloat32 } from "../stored-array.ts";
import { pairUp } from "./join.ts";
import { OPTIMIZERS } from "./training.ts";

/** The optimizer in Keras: its class, learning rate, and slots in the order in which Keras creates them. */
export interface KerasOptimizer {
  readonly name: string;
  readonly learning_rate: number;
  readonly slots: readonly { readonly weight: Weight; readonly slot: string }[];
}

/** The count of steps, which TensorFlow.js keeps first. */
const ITERATIONS = "iter";

/**
 * What the optimizer of a file remembers, in Keras's order. TensorFlow.js keeps slot by slot, in each weight by weight
 * as the file lists the trainable weights. Throws a ModelError where something is missing.
 */
export function kerasState(file: TfjsFile, model: Model, optimizer: KerasOptimizer): readonly NamedArray[] {
  const { pairs } = pairUp(model, file.weights);
  const place = new Map(file.weights.map((array, k) => [array, k]));
  const [iterations] = file.optimizer;
  if (iterations?.name !== ITERATIONS || iterations.shape.length > 0)
    throw new ModelError(missing(ITERATIONS));
  const arrays = optimizer.slots.map(({ weight, slot }): NamedArray => {
    const saved = pairs.get(weight);
    const array = saved && ofSlot(file, ending(optimizer.name, slot))[place.get(saved)!];
    if (!saved || !array?.name.startsWith(saved.name))
      throw new ModelError(missing(`${slot} of ${weight.path}`));
    const value = optimizer.name === "SGD" ? scaled(array, -optimizer.learning_rate) : array;
    return { ...value, name: `${weight.path}_${slot}` };
  });
  return [iterations, ...arrays];
}

/** The arrays of one slot. */
const ofSlot = ({ optimizer }: TfjsFile, end: string | undefined): readonly NamedArray[] =>
  optimizer.filter(({ name }) => name.endsWith(`/${end}`));

const ending = (name: string, slot: string): string | undefined =>
  OPTIMIZERS.filter(({ keras }) => keras === name)
    .flatMap(({ slots }) => slots)
    .find(([, keras]) => keras === slot)?.[0];

/** Keras's momentum is the step; that of TensorFlow.js is yet to be multiplied by the learning rate and taken off. */
export const scaled = (array: NamedArray, factor: number): NamedArray => ({
  ...array,
  dtype: "float32",
  data: toFloat32(array).map((value) => value * factor),
});

const missing = (what: string): Diagnostic => ({
  code: "optimizer-count",
  message: "The file does not hold what this optimizer remembers.",
  expected: what,
  received: "no such array",
});
