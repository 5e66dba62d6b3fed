import { optimizerOfClass } from "../ir/catalogues.ts";
import type { Field, Fields, Generation } from "../ir/fields.ts";
import { SCHEDULES, scheduleTable } from "../ir/fields/learning-rate.ts";
import { identify } from "../ir/fields/object.ts";
import { isRecord } from "../ir/fields/schema.ts";
import { keyFor } from "../ir/fields/write.ts";
import { snakeCase } from "../ir/names.ts";
import { untrainedOptimizers } from "../ir/untrained-optimizers.ts";
import { withFloats } from "../parser/python-float.ts";
import type { SavedObject } from "./compile-config.ts";

type Raw = Readonly<Record<string, unknown>>;

/** The options of an optimizer that nothing is trained with here, of which both generations have the same. */
const untrained = (name: string): Fields | undefined =>
  untrainedOptimizers.find((one) => one.name === name && one.keras2)?.config;

/** Options that say how tf.keras computes, not what. */
const SILENT: Readonly<Record<string, readonly unknown[]>> = {
  jit_compile: [true, false, null],
  is_legacy_optimizer: [false, null],
  decay: [0, null],
};

/**
 * An optimizer that cannot be trained with as the files of `keras` name it, every option said; the reason where that
 * Keras has no words for it.
 */
export function translatedOptimizer(given: unknown, keras: Generation): SavedObject | string {
  const said = identify(given);
  const fields = said && (optimizerOfClass(said.name)?.config ?? untrained(said.name));
  if (!fields) return `Keras ${keras} is not known to have the optimizer ${said?.name ?? "that it names"}`;
  const stranger = Object.keys(said.config).find(
    (key) =>
      !(Object.hasOwn(SILENT, key) && SILENT[key].includes(said.config[key])) &&
      !(Object.hasOwn(fields, key) && !fields[key].legacy),
  );
  if (stranger !== undefined) return `the ${stranger} of ${said.name} is not known to Keras ${keras}`;
  return translated(said.name, fields, said.config, keras);
}

function translated(class_name: string, fields: Fields, given: Raw, keras: Generation): SavedObject | string {
  const config: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(fields)) {
    if (field.legacy) continue;
    const value = given[key] === undefined ? defaultOf(field) : given[key];
    const name = keyFor(key, field, keras);
    if (name === null && (value ?? null) !== null) return `Keras ${keras} has no ${key}`;
    if (name !== null) config[name] = withFloats(value, key);
  }
  config.name ??= snakeCase(class_name);
  const rate = isRecord(given.learning_rate) ? schedule(given.learning_rate) : undefined;
  if (rate === null) return "its learning rate is none that is known";
  if (rate) config.learning_rate = rate;
  // without it tf.keras makes the optimizer of its older kind
  if (keras === "2") config.is_legacy_optimizer = false;
  return { module: "keras.optimizers", class_name, config, registered_name: null };
}

const defaultOf = (field: Field<unknown>): unknown => ("default" in field ? field.default : null);

/** A learning-rate schedule with its module; both generations have those that are known here. */
function schedule(given: unknown): SavedObject | null {
  const said = identify(given);
  if (!said || !scheduleTable.has(said.name)) return null;
  const { name, ...rest } = withFloats(said.config) as Raw;
  // Keras 3 takes no None for a name
  const config = { ...rest, ...(typeof name === "string" && { name }) };
  return { module: SCHEDULES, class_name: said.name, config, registered_name: null };
}
