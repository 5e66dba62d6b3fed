import type { Builder } from "./builder.ts";
import type { Config, Fields, OlderKeras } from "./fields.ts";
import type { Node, Sizes } from "./graph.ts";
import type { Values } from "./reduction.ts";

/** A metric that is a running mean over samples: its value for every sample, in primitives. */
export interface MetricDef<F extends Fields = Fields> {
  /** Keras 3 class name. */
  readonly name: string;
  /** Keras's snake_case name: what an object of this class is called when nobody named it. */
  readonly function: string;
  readonly aliases: readonly string[];
  readonly doc: string;
  readonly config: F;
  /** Whether larger or smaller is better: what callbacks with `mode: "auto"` go by. */
  readonly direction: "up" | "down";
  /** `older`: whether it computes as Keras 1 or 2. */
  misfit(c: Config<F>, y: Sizes, p: Sizes, older: boolean): string | undefined;
  /** Labels are class numbers below this. */
  classes?(c: Config<F>, p: Sizes): number;
  /** `older`: the Keras 1 or 2 that it computes as. */
  value(b: Builder, c: Config<F>, y: Node, p: Node, older?: OlderKeras): Values;
}

export function defineMetric<const F extends Fields>(metric: MetricDef<F>): MetricDef<F> {
  return metric;
}
