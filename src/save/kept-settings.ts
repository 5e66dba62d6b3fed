import type { Generation } from "../ir/fields.ts";
import type { CompileSpec } from "../ir/spec.ts";
import { snakeCase } from "../ir/names.ts";
import { settingsOf } from "../ir/compile-args.ts";
import { isRecord } from "../ir/fields/schema.ts";
import { parsePythonJson } from "../json-text.ts";
import { withFloats } from "../parser/python-float.ts";

type Settings = Readonly<Record<string, unknown>>;

/** What `compile` was given, in the words of one Keras. */
export interface KeptSettings {
  readonly keras: Generation;
  /** Where they stood: Keras 2 says the same otherwise in an `.h5` file than in others. */
  readonly form: "h5" | undefined;
  readonly settings: Settings;
  /** Whether there is a state of the optimizer beside them. */
  readonly has_state: boolean;
}

/** What of a file says how its model was compiled. */
export interface Said {
  readonly config?: string;
  readonly training_config?: string;
  /** Whether it holds a state of the optimizer, too. */
  readonly has_state?: boolean;
}

/** The settings of a file word for word: for a model whose settings are not understood in full. */
export function keptSettings(
  { config, training_config, has_state = false }: Said,
  keras: Generation,
): KeptSettings | undefined {
  const whole = training_config === undefined && config !== undefined ? parsePythonJson(config) : undefined;
  const settings =
    training_config === undefined
      ? isRecord(whole) && whole.compile_config
      : parsePythonJson(training_config);
  if (!isRecord(settings)) return undefined;
  const { optimizer_config, ...rest } = settings;
  const optimizer = isRecord(optimizer_config) ? housed(optimizer_config, "optimizer") : rest.optimizer;
  const all = { ...rest, ...(optimizer !== undefined && { optimizer }) };
  const form = isRecord(optimizer_config) ? "h5" : undefined;
  return { keras, form, settings: keras === "3" ? spelledOut(all) : all, has_state };
}

/** Those of a snippet, where they name no code of its own. */
export function saidSettings(spec: CompileSpec, keras: Generation): KeptSettings | undefined {
  if (spec.own_code) return undefined;
  return {
    keras,
    form: undefined,
    settings: spelledOut(withFloats(settingsOf(spec)) as object),
    has_state: false,
  };
}

/** Every argument, its objects with their modules and names. */
const spelledOut = (said: object): Settings => ({
  ...{ loss_weights: null, metrics: null, weighted_metrics: null },
  ...Object.fromEntries(Object.entries(said).map(([key, value]) => [key, housed(value, key)])),
});

/** Where the classes of an argument stand. */
const HOMES: Readonly<Record<string, string>> = {
  optimizer: "keras.optimizers",
  learning_rate: "keras.optimizers.schedules",
  inner_optimizer: "keras.optimizers",
  loss: "keras.losses",
  metrics: "keras.metrics",
  weighted_metrics: "keras.metrics",
};

/** Objects of Keras within lists and records, each with its module. */
function housed(given: unknown, key: string): unknown {
  if (Array.isArray(given)) return given.map((part) => housed(part, key));
  if (!isRecord(given)) return given;
  if (typeof given.class_name !== "string")
    return Object.fromEntries(Object.entries(given).map(([name, part]) => [name, housed(part, key)]));
  const { class_name, module = HOMES[key], registered_name = null, config } = given;
  if (class_name === "function" || module === undefined) return given;
  const whole = isRecord(config) ? { name: snakeCase(class_name), ...inner(config) } : config;
  return { module, class_name, config: whole, registered_name };
}
const inner = (config: Settings): Settings =>
  Object.fromEntries(
    Object.entries(config).map(([key, part]) => [key, isRecord(part) ? housed(part, key) : part]),
  );
