import type { Builder } from "./builder.ts";
import type { Config, Fields } from "./fields.ts";
import type { Node } from "./graph.ts";

/** What an update may use for one weight. */
export interface Step {
  readonly w: Node;
  /** The gradient, clipped. */
  readonly g: Node;
  /** An `f` of the gradient, f(0) = 0, as the Keras that is followed takes it of rows of a table looked up twice. */
  each(f: (x: Node) => Node): Node;
  readonly slots: Readonly<Record<string, Node>>;
  /** Updates made before this one. */
  readonly iteration: Node;
  readonly learning_rate: Node;
}
export interface Updated {
  readonly w: Node;
  readonly slots: Readonly<Record<string, Node | undefined>>;
}

/** An optimizer: its update of one weight, element by element, in primitives. */
export interface OptimizerDef<F extends Fields = Fields> {
  /** Keras 3 class name; Keras finds it by any spelling in capital or small letters. */
  readonly name: string;
  readonly doc: string;
  readonly config: F;
  /** Slots of every weight, in groups: Keras creates them weight by weight within a group. */
  slots(c: Config<F>): readonly (readonly string[])[];
  /** The same of Keras 2, where it differs; slots that Keras 3 does not keep are 0. */
  keras2_slots?(c: Config<F>): readonly (readonly string[])[];
  update(b: Builder, c: Config<F>, step: Step): Updated;
}

export function defineOptimizer<const F extends Fields>(optimizer: OptimizerDef<F>): OptimizerDef<F> {
  return optimizer;
}
