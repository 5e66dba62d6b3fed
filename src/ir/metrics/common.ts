import { type Optional, text } from "../fields.ts";
import { dtype } from "../losses/common.ts";
import type { LossDef } from "../loss.ts";
import type { Fields } from "../fields.ts";
import type { MetricDef } from "../metric.ts";

/** The fields every metric has. */
export const common = (name: string): { name: Optional<string>; dtype: Optional<string | null> } => ({
  name: text(name),
  dtype,
});

/** The running mean of a loss. */
export function meanOf<F extends Fields>(loss: LossDef<F>): MetricDef<F> {
  const { reduction: _reduction, ...config } = loss.config as Fields;
  return { ...loss, config: config as F, direction: "down" };
}
