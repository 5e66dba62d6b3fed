import type { Builder, Operand } from "../builder.ts";
import type { Node } from "../graph.ts";

/** Averages this small are set to 0: they no longer move a weight, and subnormal numbers are slow. */
const TINY_MOMENTUM = 1e-30;
const TINY_VELOCITY = 1e-36;

const settled = (b: Builder, x: Node, tiny: number): Node => b.where(b.less(b.abs(x), tiny), 0, x);

/** An average of gradients, or 0 once it is tiny. */
export const momentumOf = (b: Builder, x: Node): Node => settled(b, x, TINY_MOMENTUM);
/** An average of squares, or 0 once it is tiny. */
export const velocityOf = (b: Builder, x: Node): Node => settled(b, x, TINY_VELOCITY);

/** x + (goal − x)·rate */
export const approach = (b: Builder, x: Node, goal: Node, rate: Operand): Node =>
  b.add(x, b.mul(b.sub(goal, x), rate));
/** x·keep + y·rest */
export const blend = (b: Builder, x: Node, y: Node, keep: number, rest = 1 - keep): Node =>
  b.add(b.mul(x, keep), b.mul(y, rest));
/** 1 − share, for optimizers of Keras that round the share to float32 first. */
export const restOf = (share: number): number => Math.fround(1 - Math.fround(share));
