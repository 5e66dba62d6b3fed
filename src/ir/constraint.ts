import { ModelError } from "../diagnostics.ts";
import type { Builder } from "./builder.ts";
import { axes, type Config, type Fields, number, type Optional } from "./fields.ts";
import type { Node } from "./graph.ts";
import { axisOf } from "./tensor.ts";

/** A constraint: what becomes of a weight after each update. */
export interface ConstraintDef<F extends Fields = Fields> {
  /** Keras 3 class name. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** What Keras 1 called it. */
  readonly keras1?: readonly string[];
  /** The formula. */
  readonly doc: string;
  readonly config: F;
  /** A weight of the same shape. */
  lower(b: Builder, c: Config<F>, w: Node): Node;
}

export function defineConstraint<const F extends Fields>(constraint: ConstraintDef<F>): ConstraintDef<F> {
  return constraint;
}

/** Along which axes a norm is taken. */
export const axis = axes(0);
/** A bound of a norm. */
export const bound = (value: number): Optional<number> => number(value);

/** Keras adds it to what it divides by. */
const EPSILON = 1e-7;

/** √Σw² along the axes, which are kept with size 1. */
export function norms(b: Builder, w: Node, along: number | readonly number[]): Node {
  const rank = w.shape.length;
  const folded = [along].flat().map((k) => axisOf(k, rank));
  if (folded.some((k) => k < 0 || k >= rank)) {
    throw new ModelError({
      code: "shape-mismatch",
      message: "A constraint does not fit a weight.",
      expected: `axes of a weight of ${rank} dimensions`,
      received: `axis ${JSON.stringify(along)}`,
    });
  }
  const sums = b.sum(b.square(w), folded);
  return b.sqrt(
    b.reshape(
      sums,
      w.shape.map((d, k) => (folded.includes(k) ? 1 : d)),
    ),
  );
}

/** The weight with norms as wanted instead of those that it has. */
export const rescaled = (b: Builder, w: Node, has: Node, wanted: Node): Node =>
  b.mul(w, b.div(wanted, b.add(has, EPSILON)));
/** The weight divided by its norms. */
export const divided = (b: Builder, w: Node, has: Node): Node => b.div(w, b.add(has, EPSILON));
