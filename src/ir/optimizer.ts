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
  /** The number that all weights share, as this step has made it; 0 where there is none. */
  readonly shared: Node;
  /** Updates made before this one. */
  readonly iteration: Node;
  readonly learning_rate: Node;
  /** The rule is that of Keras before its optimizers were written anew, in TensorFlow 2.11. */
  readonly legacy: boolean;
}
export interface Updated {
  readonly w: Node;
  readonly slots: Readonly<Record<string, Node | undefined>>;
}

/** A number that an optimizer keeps once for all weights. */
export interface SharedNumber<F extends Fields = Fields> {
  /** As Keras 3 calls it. */
  readonly name: string;
  /** What it is after so many updates: Keras 2 does not save it. */
  after(c: Config<F>, updates: number): number;
  /** Its new value, which the updates of this step use. */
  next(b: Builder, c: Config<F>, value: Node, iteration: Node): Node;
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
  /** What slots start as; 0 where it says nothing. */
  initial?(c: Config<F>): Readonly<Record<string, number>>;
  readonly shared?: SharedNumber<F>;
  /** What differs in tf.keras before 2.11, and in Keras 1 and 2. */
  readonly legacy?: {
    /** The rule itself was another. */
    rule?(c: Config<F>): boolean;
    /** tf.keras changed only the rows of a table that were looked up: of the weight, or of its slots too. */
    rows?(c: Config<F>): "weight" | "slots" | undefined;
    /** Its slots were kept weight by weight even then. */
    readonly by_weight?: true;
    /** What it called its options, beside the learning rate's. */
    readonly renamed?: Readonly<Record<string, string>>;
  };
  update(b: Builder, c: Config<F>, step: Step): Updated;
}

export function defineOptimizer<const F extends Fields>(optimizer: OptimizerDef<F>): OptimizerDef<F> {
  return optimizer;
}
