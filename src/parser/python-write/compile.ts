import type { Generation } from "../../ir/fields.ts";
import type { CompileSpec } from "../../ir/spec.ts";
import { withFloats } from "../python-float.ts";
import { call, type Doc } from "./layout.ts";
import { argument, optimizerNamed, value } from "./objects.ts";

const KEYS = ["optimizer", "loss", "loss_weights", "metrics", "weighted_metrics"] as const;
/** Where the classes of an argument stand when its objects do not say so. */
const HOMES: Readonly<Record<string, string>> = {
  optimizer: "keras.optimizers",
  loss: "keras.losses",
  metrics: "keras.metrics",
  weighted_metrics: "keras.metrics",
};

/** `model.compile(…)` */
export function compileCall(variable: string, spec: CompileSpec, keras: Generation): Doc {
  const { optimizer } = spec;
  const settings = {
    ...spec,
    optimizer: typeof optimizer === "string" ? optimizerNamed(optimizer, keras) : optimizer,
    // Keras refuses whole numbers for them
    loss_weights: withFloats(spec.loss_weights),
  };
  const said = KEYS.filter((key) => spec[key] !== undefined && spec[key] !== null);
  return call(
    `${variable}.compile`,
    said.map((key) => argument(key, value(housed(settings[key], HOMES[key]), keras))),
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
