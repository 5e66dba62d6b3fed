import type { KerasObject } from "../config.ts";
import type { Field, Fields, Generation } from "../fields.ts";

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const atDefault = (field: Field<unknown>, value: unknown): boolean =>
  "default" in field && same(value, field.default);

/** What this Keras calls the key; null where it has no such option. */
export function keyFor(key: string, field: Field<unknown>, keras: Generation): string | null {
  if (keras === "3") return key;
  return field.keras2_key === undefined ? (field.since === undefined ? key : null) : field.keras2_key;
}

/** A config as this Keras writes it, without the keys that older ones do not know and that are at their default. */
export function written(
  fields: Fields,
  config: Readonly<Record<string, unknown>>,
  keras: Generation = "3",
): Record<string, unknown> {
  const entries = Object.entries(fields).flatMap(([key, field]): [string, unknown][] => {
    const { since, terse, keras2_terse, legacy } = field;
    if (legacy) return [];
    const quiet = since || terse || (keras === "2" && keras2_terse);
    const name = keyFor(key, field, keras);
    if (name === null || (quiet && atDefault(field, config[key]))) return [];
    return [[name, field.write?.(config[key], keras) ?? config[key]]];
  });
  return Object.fromEntries(entries);
}

/** An object of one of Keras's modules; the files of all of Keras 2 name it without its module. */
export function writtenObject(
  module: string,
  { class_name, config }: KerasObject,
  fields: Fields,
  keras: Generation,
): object {
  const own = { class_name, config: written(fields, config, keras) };
  return keras === "2" ? own : { module, ...own, registered_name: null };
}

/** The keys whose values this Keras has no words for, each with the reason. */
export function unwritable(
  fields: Fields,
  config: Readonly<Record<string, unknown>>,
  keras: Generation,
): { readonly key: string; readonly why: string }[] {
  return Object.entries(fields).flatMap(([key, field]) => {
    if (field.legacy) return [];
    const none = keyFor(key, field, keras) === null && !atDefault(field, config[key]);
    const why = none ? `Keras ${keras} has no such option` : field.unwritable?.(config[key], keras);
    return why === undefined ? [] : [{ key, why }];
  });
}
