import { chooseMetric } from "./catalogues.ts";
import { isOneOf } from "./compile-args.ts";
import { isRecord } from "./fields/schema.ts";
import type { CompileSpec } from "./spec.ts";

/** Short words that Keras takes as they are, for it knows no labels yet. */
const OPEN = ["accuracy", "acc", "crossentropy", "ce"];

/** Metrics of `.h5` files as Keras 3 opens them: `mae` is the class there, which has a name of its own. */
export function renamedMetrics(compile: CompileSpec): CompileSpec {
  const { metrics, weighted_metrics } = compile;
  return {
    ...compile,
    ...(metrics !== undefined && { metrics: renamed(metrics) }),
    ...(weighted_metrics !== undefined && { weighted_metrics: renamed(weighted_metrics) }),
  };
}

function renamed(nest: unknown): unknown {
  if (Array.isArray(nest)) return nest.map(renamed);
  if (typeof nest === "string" && !isOneOf(nest, OPEN)) return nameOf(nest);
  if (!isRecord(nest) || "class_name" in nest) return nest;
  return Object.fromEntries(Object.entries(nest).map(([key, one]) => [key, renamed(one)]));
}

/** What is no metric stays, to be refused where it is used. */
function nameOf(id: string): string {
  try {
    return chooseMetric(id).def.function;
  } catch {
    return id;
  }
}
