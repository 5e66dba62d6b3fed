import type { Builder } from "./builder.ts";
import type { Config, Fields } from "./fields.ts";
import type { Node } from "./graph.ts";

/** A learning-rate schedule: the rate of a step, in primitives of the number of steps made before it. */
export interface ScheduleDef<F extends Fields = Fields> {
  /** Keras 3 class name. */
  readonly name: string;
  readonly doc: string;
  readonly config: F;
  /** What options do not go together; undefined where they do. */
  misfit?(c: Config<F>): string | undefined;
  rate(b: Builder, c: Config<F>, step: Node): Node;
}

export function defineSchedule<const F extends Fields>(schedule: ScheduleDef<F>): ScheduleDef<F> {
  return schedule;
}
