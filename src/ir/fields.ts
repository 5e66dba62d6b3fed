import type { ActivationConfig, InitializerConfig, KerasObject, RegularizerConfig } from "./config.ts";
import type { Schema } from "./fields/schema.ts";

/** What reading a config value may report; several problems are collected before anything stops. */
export type Report = (problem: { expected: string; received: string; hint?: string }) => void;

/** The Keras that a file is written for: 3, or 2 as tf.keras and tf-keras have it. */
export type Generation = "2" | "3";

/** What is known of the Keras 1 or 2 that wrote a file. */
export interface OlderKeras {
  readonly version?: string;
  /** What the file says of other layers, where none of them says otherwise. */
  readonly data_format?: string;
  /** Automatic names are those of its own counters, from 0. */
  readonly counted?: true;
}

/**
 * A config field, declared once: its TypeScript type, its JSON Schema, its Keras default, its older spellings.
 * The order of a layer's fields is the order of its Python arguments. `T` is the canonical value, `I` what a user
 * may write for it.
 */
export interface Field<T, I = T> {
  /** JSON Schema of the value as Keras writes it. */
  readonly schema: Schema;
  /** Absent: the field is required. */
  readonly default?: T;
  /** The canonical value of any accepted spelling; identity where absent. Runs after the schema has accepted. */
  read?(value: unknown, report: Report): T;
  /** The value as this Keras writes it; identity where absent. */
  write?(value: T, keras: Generation): unknown;
  /**
   * What a value in a file of Keras 1 or 2 means, where Keras 3 means another by it or writes it otherwise; identity
   * where absent.
   */
  keras2?(value: unknown, from: OlderKeras, report: Report): unknown;
  /** What a file of Keras 1 or 2 without the key means, where that is not the default; undefined where nobody can tell. */
  keras2_default?(from: OlderKeras): unknown;
  /** What Keras 1 called the key; several names where it said the parts of a list one by one. */
  readonly keras1?: string | readonly string[];
  /** Why no file of this Keras can say this value; undefined where one can. */
  unwritable?(value: T, keras: Generation): string | undefined;
  /** What Keras 2 calls the key; null where it has no such option. */
  readonly keras2_key?: string | null;
  /** Only newer ones of Keras 2 know the key: not written for them at its default. */
  readonly keras2_terse?: true;
  /** Older names of the same key: `alpha`, `p`. */
  readonly aliases?: readonly string[];
  /** Keras version that introduced the key: not written at its default, so that older readers accept the file. */
  readonly since?: string;
  /** Not written at its default for another reason than `since`. */
  readonly terse?: true;
  /** Said by older Keras alone: read, and written nowhere. */
  readonly legacy?: true;
  /** Python takes it by keyword only. */
  readonly keyword_only?: true;
  /** Keras refuses what does not fit this, or the schema where true, as soon as an object is made; else when it is used. */
  readonly at_once?: true | Schema;
  /** Keras 3 takes whole numbers of NumPy for it; of other fields it does not. */
  readonly numpy?: true;
  /** Keras 3 takes whole floats within a list or tuple of it; of other fields it does not. */
  readonly floats?: true;
  /** Keras 3 wants a list or tuple of it, not one number. */
  readonly listed?: true;
  /** Keras 3 takes no whole number for it: 1.0, not 1. */
  readonly float?: true;
  /** Set on fields that hold an initializer: an unseeded random one draws its seed when the layer is constructed. */
  readonly initializer?: true;
  /** Never set: carries the type `I`. */
  readonly accepts?: I;
}

/** A field that may be left out. */
export type Optional<T, I = T> = Field<T, I> & { readonly default: T };

export type Fields = Readonly<Record<string, Field<unknown>>>;
/** A validated config: every field present. */
export type Config<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T, unknown> ? T : never;
};
type Input<A> = A extends Field<unknown, infer I> ? I : never;
/** What a user of the TypeScript builders writes: fields with a default may be left out. */
export type Options<F extends Fields> = {
  readonly [K in keyof F as F[K] extends { readonly default: unknown } ? never : K]: Input<F[K]>;
} & { readonly [K in keyof F as F[K] extends { readonly default: unknown } ? K : never]?: Input<F[K]> };

/** Everything about a field but its value. */
type Extras = Pick<
  Field<unknown>,
  | "keras2_key"
  | "keras2_terse"
  | "aliases"
  | "since"
  | "terse"
  | "legacy"
  | "keyword_only"
  | "at_once"
  | "float"
  | "numpy"
  | "floats"
  | "listed"
>;

interface IntRange extends Extras {
  readonly min?: number;
}
export function int(value?: undefined, extras?: IntRange): Field<number>;
export function int(value: number, extras?: IntRange): Optional<number>;
/** An integer; `min` is the least one allowed. */
export function int(value?: number, { min, ...extras }: IntRange = {}): Field<number> {
  const schema: Schema = { type: "integer", ...(min !== undefined && { minimum: min }) };
  return {
    schema,
    ...(value !== undefined && { default: value }),
    ...(min !== undefined && { read: countable }),
    ...extras,
  };
}

/** A size or count: larger ones than these JavaScript does not tell apart. */
function countable(value: unknown, report: Report): number {
  if (!Number.isSafeInteger(value))
    report({ expected: `an integer of at most ${Number.MAX_SAFE_INTEGER}`, received: String(value) });
  return value as number;
}

interface NumberRange extends Extras {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
}
export function number(value?: undefined, extras?: NumberRange): Field<number>;
export function number(value: number, extras?: NumberRange): Optional<number>;
/** A finite number, from `min` (or above `above`) to `max`. */
export function number(value?: number, { min, above, max, ...extras }: NumberRange = {}): Field<number> {
  const bounds = {
    ...(min !== undefined && { minimum: min }),
    ...(above !== undefined && { exclusiveMinimum: above }),
    ...(max !== undefined && { maximum: max }),
  };
  return { schema: { type: "number", ...bounds }, ...(value !== undefined && { default: value }), ...extras };
}

/** A field that Keras 1 called otherwise. */
export const keras1 = <F extends { readonly schema: Schema }>(
  name: string | readonly string[],
  field: F,
): F => ({ ...field, keras1: name });

/** true or false; what else Python takes for one of them, None and whole numbers, is taken as Keras takes it. */
export function flag(value: boolean, extras: Extras = {}): Optional<boolean> {
  const schema: Schema = {
    anyOf: [{ type: "boolean" }, { type: "integer" }, { type: "null" }],
    description: "true or false",
  };
  return { schema, read: Boolean, default: value, ...extras };
}

export function text(value?: undefined, extras?: Extras): Field<string>;
export function text(value: string, extras?: Extras): Optional<string>;
/** A string. */
export function text(value?: string, extras: Extras = {}): Field<string> {
  return { schema: { type: "string" }, ...(value !== undefined && { default: value }), ...extras };
}

export function oneOf<const T extends string>(
  values: readonly T[],
  value?: undefined,
  extras?: Extras,
): Field<T>;
export function oneOf<const T extends string>(values: readonly T[], value: T, extras?: Extras): Optional<T>;
/** One of a few strings. */
export function oneOf<const T extends string>(
  values: readonly T[],
  value?: T,
  extras: Extras = {},
): Field<T> {
  return { schema: { enum: values }, ...(value !== undefined && { default: value }), ...extras };
}

/** The same field, which may also be null; null is its default. */
export function nullable<T, I>(field: Field<T, I>, extras: Extras = {}): Optional<T | null, I | null> {
  const { schema, read, write, keras2, unwritable, keras2_key, aliases, since, keyword_only } = field;
  const kept = {
    ...(aliases && { aliases }),
    ...(since && { since }),
    ...(keras2_key !== undefined && { keras2_key }),
    ...(keyword_only && { keyword_only }),
  };
  return {
    schema: {
      anyOf: [{ type: "null" }, schema],
      ...(schema.description && { description: `${schema.description} or null` }),
    },
    default: null,
    ...(read && { read: (value, report) => (value === null ? null : read(value, report)) }),
    ...(write && { write: (value, keras) => (value === null ? null : write(value, keras)) }),
    ...(keras2 && { keras2 }),
    ...(unwritable && {
      unwritable: (value, keras) => (value === null ? undefined : unwritable(value, keras)),
    }),
    ...kept,
    ...extras,
  };
}

/** A list of integers; one integer stands for a list of it. */
export function ints(extras: IntRange = {}): Field<readonly number[], number | readonly number[]> {
  const { min, ...rest } = extras;
  const one: Schema = { type: "integer", ...(min !== undefined && { minimum: min }) };
  const read = (value: unknown): readonly number[] =>
    Array.isArray(value) ? (value as number[]) : [value as number];
  return {
    schema: { anyOf: [one, { type: "array", items: one }], description: "a list of integers" },
    read,
    ...rest,
  };
}

/** A shape: sizes of 1 or more, null where a size is not known before data arrives. */
export function shape(extras: Extras = {}): Field<readonly (number | null)[]> {
  const size: Schema = { anyOf: [{ type: "null" }, { type: "integer", minimum: 1 }] };
  return {
    schema: { type: "array", items: size, description: "a list of sizes (1 or more, or null)" },
    ...extras,
  };
}

/** A number or a list of numbers. */
export function numbers(value?: undefined): Field<number | readonly number[]>;
export function numbers(value: number): Optional<number | readonly number[]>;
export function numbers(value?: number): Field<number | readonly number[]> {
  const schema: Schema = {
    anyOf: [{ type: "number" }, { type: "array", items: { type: "number" } }],
    description: "a number or a list of numbers",
  };
  return { schema, ...(value !== undefined && { default: value }) };
}

/** An axis or a list of axes; negative ones count from the end. */
export function axes(value: number): Optional<number | readonly number[]> {
  const schema: Schema = {
    anyOf: [{ type: "integer" }, { type: "array", items: { type: "integer" }, minItems: 1 }],
    description: "an axis or a list of axes",
  };
  return { schema, default: value };
}

/** Accepted at this value alone: Keras knows the option, this version does not compute with it. */
export function unsupported<const T extends null | boolean>(value: T, extras: Extras = {}): Optional<T> {
  return {
    schema: { const: value, description: `${value} (nothing else is supported)` },
    default: value,
    ...extras,
  };
}

export type { ActivationConfig, InitializerConfig, KerasObject, RegularizerConfig, Schema };
