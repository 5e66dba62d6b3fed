import type { Builder } from "../builder.ts";
import { number, type Optional } from "../fields.ts";
import type { Node } from "../graph.ts";
import { sine } from "../operations/trigonometry.ts";

/** The schedule's name, which says nothing; tf.keras writes none. */
export const name = (value: string): Optional<string, string | null> => ({
  schema: { anyOf: [{ type: "string" }, { type: "null" }] },
  default: value,
  read: (given) => (given as string | null) ?? value,
});

/** The fields that schedules begin with. */
export const decaying = {
  initial_learning_rate: number(),
  decay_steps: number(undefined, { above: 0, at_once: true }),
};

/** How much of a decay is over, in whole steps of it where it goes down a staircase. */
export function passed(
  b: Builder,
  { decay_steps, staircase }: { readonly decay_steps: number; readonly staircase: boolean },
  step: Node,
): Node {
  const part = b.div(step, decay_steps);
  return staircase ? b.floor(part) : part;
}

/** From 1 at 0 to 0 at 1, along a cosine. */
export const halfWave = (b: Builder, part: Node): Node =>
  b.mul(b.add(sine(b, b.mul(part, Math.PI), 1), 1), 0.5);
