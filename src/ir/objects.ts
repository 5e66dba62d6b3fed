import { closest, type Diagnostic, ModelError, type Where } from "../diagnostics.ts";
import type { Field, Fields } from "./fields.ts";
import { describe, fits, show } from "./fields/schema.ts";
import { foreignName } from "./foreign.ts";

/** A loss, metric or optimizer as its table lists it. */
export interface Listed {
  readonly name: string;
  readonly config: Fields;
}
/** One of them with its options. */
export interface Chosen<D extends Listed> {
  readonly def: D;
  readonly config: Readonly<Record<string, unknown>>;
}
/** A table of objects, how they are found in it, and what one is called in messages. */
export interface Catalogue<D extends Listed> {
  readonly kind: "loss" | "metric" | "optimizer" | "initializer";
  readonly entries: readonly D[];
  /** Every spelling that means this entry. */
  names(def: D): readonly string[];
  /** How spellings are compared; exactly where absent. */
  fold?(name: string): string;
  /** Keys of other Keras versions that say nothing new, when their value is among these. */
  readonly ignored?: Readonly<Record<string, readonly unknown[]>>;
}

const isObject = (v: unknown): v is Readonly<Record<string, unknown>> =>
  typeof v === "object" && v !== null && !Array.isArray(v);

/** Name and options of a Keras identifier: a string, `{ class_name, config }`, or a serialized function. */
function parts(id: unknown): { name: string; options: unknown } | undefined {
  if (typeof id === "string") return { name: id, options: {} };
  if (!isObject(id) || typeof id.class_name !== "string") return undefined;
  const foreign = foreignName(id);
  if (foreign !== undefined) return { name: foreign, options: {} };
  if (typeof id.config === "string") return { name: id.config, options: {} };
  return { name: id.class_name.slice(id.class_name.lastIndexOf(">") + 1), options: id.config ?? {} };
}

/** Where an option of an object stands, where that is known. */
export type Inside = (key: string) => Where | undefined;

/** The entry and options that a Keras identifier means; a ModelError that names what is unknown or unsupported. */
export function choose<D extends Listed>(
  catalogue: Catalogue<D>,
  id: unknown,
  at?: Where,
  inside: Inside = () => undefined,
): Chosen<D> {
  const { kind, fold = (name) => name } = catalogue;
  const said = parts(id);
  if (!said) {
    const expected = `a name or an object with class_name and config`;
    throw new ModelError({
      code: `bad-${kind}`,
      message: `This is no ${kind}.`,
      expected,
      received: show(id),
      at,
    });
  }
  const wanted = fold(said.name);
  const def = catalogue.entries.find((entry) => catalogue.names(entry).some((name) => fold(name) === wanted));
  if (!def) throw unknown(catalogue, said.name, at);
  if (!isObject(said.options)) {
    const message = `The config of ${kind} ${def.name} is not an object.`;
    const expected = "an object of options";
    throw new ModelError({ code: `bad-${kind}`, message, expected, received: show(said.options), at });
  }
  return {
    def,
    config: readOptions(
      `${kind} ${def.name}`,
      def.config,
      said.options,
      catalogue.ignored ?? {},
      (key) => inside(key) ?? at,
    ),
  };
}

function unknown<D extends Listed>(catalogue: Catalogue<D>, name: string, at?: Where): ModelError {
  const { kind, entries } = catalogue;
  const near = closest(
    name,
    entries.flatMap((entry) => [...catalogue.names(entry)]),
  );
  const expected = `one of ${entries.map((entry) => entry.name).join(", ")}`;
  const message = `The ${kind} ${show(name)} is unknown or not supported.`;
  const hint = near === undefined ? undefined : `Did you mean ${show(near)}?`;
  return new ModelError({ code: `unknown-${kind}`, message, expected, received: show(name), at, hint });
}

/** Every field with its value or default; all problems at once. */
function readOptions(
  owner: string,
  fields: Fields,
  options: Readonly<Record<string, unknown>>,
  ignored: Readonly<Record<string, readonly unknown[]>>,
  place: Inside,
): Readonly<Record<string, unknown>> {
  const problems: Diagnostic[] = [];
  const keys = new Map(
    Object.entries(fields).flatMap(([key, f]) => [key, ...(f.aliases ?? [])].map((k) => [k, key])),
  );
  const given = new Map<string, unknown>();
  for (const [key, value] of Object.entries(options)) {
    const known = keys.get(key);
    if (known !== undefined) given.set(known, value);
    else if (!(Object.hasOwn(ignored, key) && ignored[key].includes(value))) {
      const near = closest(key, keys.keys());
      const hint = near === undefined ? undefined : `Did you mean ${near}?`;
      const message = `${owner} has no option ${show(key)} that is supported here.`;
      const expected = Object.keys(fields).join(", ");
      problems.push({
        ...{ code: "unknown-option", message, expected, received: show(value) },
        ...{ at: place(key), hint },
      });
    }
  }
  const config = Object.entries(fields).map(([key, field]) => [
    key,
    readOne(owner, key, field, given, problems, place(key)),
  ]);
  if (problems.length) throw new ModelError(problems);
  return Object.fromEntries(config) as Readonly<Record<string, unknown>>;
}

function readOne(
  owner: string,
  key: string,
  field: Field<unknown>,
  given: ReadonlyMap<string, unknown>,
  problems: Diagnostic[],
  at?: Where,
): unknown {
  const value = given.get(key);
  if (value === undefined && "default" in field) return field.default;
  const bad = (expected: string, hint?: string): void => {
    const message = `The option ${key} of ${owner} does not fit.`;
    problems.push({ code: "bad-option", message, expected, received: named(value), at, hint });
  };
  if (!fits(field.schema, value)) return bad(describe(field.schema));
  return field.read ? field.read(value, (problem) => bad(problem.expected, problem.hint)) : value;
}

/** Objects by their class name, so that a learning-rate schedule is refused by its name. */
function named(value: unknown): string {
  return isObject(value) && typeof value.class_name === "string" ? value.class_name : show(value);
}
