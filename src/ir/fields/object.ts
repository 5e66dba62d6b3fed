import { didYouMean } from "../../diagnostics.ts";
import type { KerasObject } from "../config.ts";
import type { Fields, Report, Schema } from "../fields.ts";
import { foreignName } from "../foreign.ts";
import { type KeyProblem, readFields, renamed } from "./read.ts";
import { isRecord, show } from "./schema.ts";

/** Something with a config that a layer's config may hold: an initializer, a regularizer. */
export interface Configured {
  readonly name: string;
  /** What Keras 1 called it. */
  readonly keras1?: readonly string[];
  readonly config: Fields;
}

/** What an object is called, as its own schema: a name or a serialized object. */
export const objectSchema = (noun: string): Schema => ({
  anyOf: [{ type: "string" }, { type: "object" }],
  description: `the name of ${noun} or its object`,
});

/** Keys that TensorFlow 1 wrote into initializers and that say nothing. */
const IGNORED = new Set(["dtype"]);

/** "keras.src>GlorotUniform" without its package. */
const bare = (name: string): string => name.slice(name.lastIndexOf(">") + 1);

/** The name and config that a value speaks of; undefined where it is neither a name nor a serialized object. */
export function identify(
  value: unknown,
): { name: string; config: Readonly<Record<string, unknown>> } | undefined {
  if (typeof value === "string") return { name: value, config: {} };
  const { class_name, config } = (value ?? {}) as { class_name?: unknown; config?: unknown };
  if (typeof class_name !== "string") return undefined;
  const foreign = foreignName(value as object);
  if (foreign !== undefined) return { name: foreign, config: {} };
  if (class_name === "function" && typeof config === "string") return { name: config, config: {} };
  if (config !== undefined && (typeof config !== "object" || config === null || Array.isArray(config)))
    return undefined;
  return { name: bare(class_name), config: (config ?? {}) as Readonly<Record<string, unknown>> };
}

/** An object as Keras 1 wrote it, `{ name, …options }`, in the form that it has had since. */
export function olderObject(table: ReadonlyMap<string, Configured>, value: unknown): unknown {
  if (!isRecord(value) || "class_name" in value || typeof value.name !== "string") return value;
  const { name, ...config } = value;
  const def = [...table.values()].find((one) => one.keras1?.includes(name));
  return { class_name: def?.name ?? name, config };
}

/** The canonical object, every field present; undefined where something was reported. */
export function readObject(
  table: ReadonlyMap<string, Configured>,
  noun: string,
  value: unknown,
  report: Report,
): KerasObject | undefined {
  const said = identify(value);
  if (!said)
    return void report({
      expected: `the name of ${noun} or an object with class_name and config`,
      received: show(value),
    });
  const def = table.get(said.name);
  if (!def)
    return void report({
      expected: `the name of ${noun}`,
      received: show(said.name),
      hint: didYouMean(said.name, table.keys()),
    });
  const fail = (p: KeyProblem): void => report(inObject(def.name, p));
  let ok = true;
  const raw = renamed(def.config, said.config, (p) => ((ok = false), fail(p)), IGNORED);
  const config = readFields(def.config, raw, fail);
  return config && ok ? { class_name: def.name, config } : undefined;
}

/** A problem with a key of an object inside a config, told about the config's key. */
export function inObject(
  name: string,
  { key, what, expected, received, hint }: KeyProblem,
): Parameters<Report>[0] {
  const more = hint === undefined ? {} : { hint };
  if (what === "unknown") return { expected: `an option of ${name}`, received: show(key), ...more };
  return {
    expected: `${name}'s ${key} to be ${expected ?? "given"}`,
    received: received ?? "nothing",
    ...more,
  };
}
