import type { Field, Fields, OlderKeras } from "../fields.ts";
import type { LayerDef, OlderClass } from "../layer.ts";
import { fieldsOf } from "../layers/base.ts";
import type { LayerTable } from "../layers/index.ts";
import type { KeyReport, Raw } from "./read.ts";
import { describe, show } from "./schema.ts";

/** A layer's class and config as a file has them. */
interface Written {
  readonly class_name: string;
  readonly config: Raw;
}

/** Who is told of what cannot be read, and of what is left out. */
interface Told {
  readonly report: KeyReport;
  leave?(why: string): void;
}

/** A layer of Keras 1 or 2 in the words of Keras 3: its class, the names of its keys, their values, what goes without saying. */
export function olderLayer(
  { class_name, config }: Written,
  layers: LayerTable,
  from: OlderKeras,
  told: Told,
): Written {
  const [def, as] = today(class_name, config, layers);
  if (!def) return { class_name, config };
  if (as?.note !== undefined) told.leave?.(as.note);
  const rest = as
    ? { ...without(config, [...Object.keys(as.says ?? {}), ...(as.silent ?? [])]), ...as.means }
    : config;
  return { class_name: as ? def.name : class_name, config: meantByKeras2(def, rest, from, told) };
}

/** The layer that a class of Keras 1 or 2 is by now. */
function today(class_name: string, config: Raw, layers: LayerTable): [LayerDef?, OlderClass?] {
  const same = layers.get(class_name);
  if (same) return [same];
  for (const def of new Set(layers.values()))
    for (const as of def.older?.classes ?? [])
      if (
        as.name === class_name &&
        Object.entries(as.says ?? {}).every(([key, value]) => config[key] === value)
      )
        return [def, as];
  return [];
}

const without = (config: Raw, keys: readonly string[]): Raw =>
  Object.fromEntries(Object.entries(config).filter(([key]) => !keys.includes(key)));

/** A config of Keras 1 or 2 in the words of Keras 3. */
export function meantByKeras2(def: LayerDef, config: Raw, from: OlderKeras, told: Told): Raw {
  const fields = fieldsOf(def);
  const { report } = told;
  const given = renamed(fields, meaningful(def, config, told));
  const meant = { ...translated(fields, given, from, report), ...unsaid(fields, given, from, report) };
  return def.older?.settle?.(meant, from) ?? meant;
}

/** What is left of a config when the keys are gone that say nothing at their values. */
function meaningful({ older = {} }: LayerDef, config: Raw, { report, leave }: Told): Raw {
  for (const [key, values] of Object.entries(older.only ?? {})) {
    if (!Object.hasOwn(config, key) || values.includes(config[key])) continue;
    const expected = `${values.map(show).join(" or ")} (nothing else is supported)`;
    report({ key, what: "wrong", expected, received: show(config[key]) });
  }
  for (const [key, { nothing, note }] of Object.entries(older.gone ?? {}))
    if (Object.hasOwn(config, key) && config[key] !== nothing) leave?.(note);
  const { silent = [], only = {}, gone = {} } = older;
  return without(config, [...silent, ...Object.keys(only), ...Object.keys(gone)]);
}

/** Keys that Keras 1 called otherwise, under their newest names. */
function renamed(fields: Fields, config: Raw): Raw {
  const taken = new Set<string>();
  const found = Object.entries(fields).flatMap(([key, { keras1 }]): [string, unknown][] => {
    const names = typeof keras1 === "string" ? [keras1] : (keras1 ?? []);
    if (
      names.length === 0 ||
      Object.hasOwn(config, key) ||
      !names.every((name) => Object.hasOwn(config, name))
    )
      return [];
    for (const name of names) taken.add(name);
    return [[key, typeof keras1 === "string" ? config[keras1] : names.map((name) => config[name])]];
  });
  return { ...without(config, [...taken]), ...Object.fromEntries(found) };
}

const namesOf = (key: string, field: Field<unknown>): string[] => [key, ...(field.aliases ?? [])];

/** Values that mean something else, or are written otherwise, in Keras 3. */
function translated(fields: Fields, config: Raw, from: OlderKeras, report: KeyReport): Raw {
  const named = new Map(
    Object.entries(fields).flatMap(([key, field]) =>
      namesOf(key, field).map((name) => [name, field] as const),
    ),
  );
  const said = Object.entries(config).map(([key, value]): [string, unknown] => {
    const field = named.get(key);
    if (!field?.keras2) return [key, value];
    return [key, field.keras2(value, from, (problem) => report({ key, what: "wrong", ...problem }))];
  });
  return Object.fromEntries(said);
}

/** What goes without saying. */
function unsaid(fields: Fields, config: Raw, from: OlderKeras, report: KeyReport): Raw {
  const entries = Object.entries(fields).flatMap(([key, field]): [string, unknown][] => {
    if (!field.keras2_default || namesOf(key, field).some((name) => Object.hasOwn(config, name))) return [];
    const value = field.keras2_default(from);
    if (value !== undefined) return [[key, value]];
    const hint = `Versions of Keras differ in what they mean without it; this file is of ${from.version ?? "an unknown one"}.`;
    report({ key, what: "missing", expected: describe(field.schema), hint });
    return [];
  });
  return Object.fromEntries(entries);
}
