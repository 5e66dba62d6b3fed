import type { CompileSpec } from "../../ir/spec.ts";
import { call, type Doc } from "./layout.ts";
import { argument, value } from "./objects.ts";

const KEYS = ["optimizer", "loss", "loss_weights", "metrics", "weighted_metrics"] as const;
/** Where the classes of an argument stand when its objects do not say so. */
const HOMES: Readonly<Record<string, string>> = {
  optimizer: "keras.optimizers",
  loss: "keras.losses",
  metrics: "keras.metrics",
  weighted_metrics: "keras.metrics",
};

/** `model.compile(…)` */
export function compileCall(variable: string, spec: CompileSpec): Doc {
  const said = KEYS.filter((key) => spec[key] !== undefined && spec[key] !== null);
  return call(
    `${variable}.compile`,
    said.map((key) => argument(key, value(housed(spec[key], HOMES[key])))),
  );
}

/** Objects of Keras within lists and records, each with its module. */
function housed(given: unknown, module: string | undefined): unknown {
  if (module === undefined || typeof given !== "object" || given === null) return given;
  if (Array.isArray(given)) return given.map((part) => housed(part, module));
  if ("class_name" in given)
    return { ...given, module: publicModule((given as { module?: unknown }).module, module) };
  return Object.fromEntries(Object.entries(given).map(([key, part]) => [key, housed(part, module)]));
}

const publicModule = (said: unknown, home: string): string =>
  typeof said === "string" && /^keras(\.|$)/.test(said) && !said.startsWith("keras.src") ? said : home;
