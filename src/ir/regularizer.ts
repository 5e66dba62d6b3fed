import type { Builder } from "./builder.ts";
import type { Config, Fields } from "./fields.ts";
import type { Node } from "./graph.ts";

/** A regularizer: what a tensor adds to the loss. */
export interface RegularizerDef<F extends Fields = Fields> {
  /** Keras 3 class name. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** What Keras 1 called it. */
  readonly keras1?: readonly string[];
  /** The formula. */
  readonly doc: string;
  readonly config: F;
  /** A scalar. */
  lower(b: Builder, c: Config<F>, x: Node): Node;
}

export function defineRegularizer<const F extends Fields>(regularizer: RegularizerDef<F>): RegularizerDef<F> {
  return regularizer;
}

/** Σ over all elements, as a scalar. */
export const total = (b: Builder, x: Node): Node =>
  b.reshape(
    b.sum(
      x,
      x.shape.map((_, k) => k),
    ),
    [],
  );
