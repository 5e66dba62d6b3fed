import type { Builder } from "./builder.ts";
import type { Config, Fields, OlderKeras } from "./fields.ts";
import type { Node, Sizes } from "./graph.ts";
import type { Values } from "./reduction.ts";

/** A loss: its value for every sample, in primitives. Its gradient follows from them. */
export interface LossDef<F extends Fields = Fields> {
  /** Keras 3 class name. */
  readonly name: string;
  /** Keras's function of the same meaning: also what the loss is called in logs when nobody named it. */
  readonly function: string;
  /** Shorter spellings. */
  readonly aliases: readonly string[];
  /** One line for the docs: the formula. */
  readonly doc: string;
  readonly config: F;
  /** Describes the labels that fit predictions of this shape, where these do not. */
  misfit(c: Config<F>, y: Sizes, p: Sizes): string | undefined;
  /** Labels are class numbers below this; undefined where they are not class numbers. */
  classes?(c: Config<F>, p: Sizes): number;
  /** `older`: the Keras 1 or 2 that it computes as. */
  value(b: Builder, c: Config<F>, y: Node, p: Node, older?: OlderKeras): Values;
}

export function defineLoss<const F extends Fields>(loss: LossDef<F>): LossDef<F> {
  return loss;
}

/** An axis counted from the front. */
export const axisOf = (axis: number, x: Sizes): number => (axis < 0 ? axis + x.length : axis);
