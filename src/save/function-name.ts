import { ModelError } from "../diagnostics.ts";
import type { LossDef } from "../ir/loss.ts";
import type { MetricDef } from "../ir/metric.ts";
import type { Chosen } from "../ir/objects.ts";

/** The function that a short name of a loss or metric means; one that is not known here stays as the file said it. */
export function functionName(name: string, choose: (id: unknown) => Chosen<LossDef | MetricDef>): string {
  try {
    return choose(name).def.function;
  } catch (error) {
    if (error instanceof ModelError) return name;
    throw error;
  }
}
