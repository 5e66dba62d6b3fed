import type { Builder } from "./builder.ts";
import type { KerasObject } from "./config.ts";
import type { Config, Fields, Generation } from "./fields.ts";
import type { Node } from "./graph.ts";
import type { Misfit } from "./layer.ts";
import type { Shape } from "./tensor.ts";

/** An activation function, in primitives only. */
export interface ActivationDef<F extends Fields = Fields> {
  /** The name that Keras saves; our own for a function that Keras 3 does not have. */
  readonly name: string;
  /** The formula. */
  readonly doc: string;
  readonly aliases?: readonly string[];
  /** What Keras 1 and 2 called it; Keras 3 gives that name to another function and has none for this one. */
  readonly keras2?: string;
  /** The only Keras that has this function under a name. */
  readonly only?: Generation;
  /** Layers that do the same one after the other: what Keras 3 is told where it has no name for the function. */
  readonly steps?: readonly KerasObject[];
  /** Class of the layer that is the same function as an object (`activation=LeakyReLU(0.1)`); `config` is its config. */
  readonly layer?: string;
  /** Its parameters; the defaults are the layer's where there is one. */
  readonly config: F;
  /** Parameters whose default differs when the function is named by a string. */
  readonly named?: Partial<Config<F>>;
  /** Output shape; absent where it is the input's. */
  output?(c: Config<F>, x: Shape, misfit: Misfit): Shape;
  lower(b: Builder, x: Node, c: Config<F>): Node;
}

export function defineActivation<const F extends Fields>(activation: ActivationDef<F>): ActivationDef<F> {
  return activation;
}
