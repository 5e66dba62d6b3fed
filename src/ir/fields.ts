import type { ActivationConfig, InitializerConfig, RegularizerConfig } from "./config.ts";

/** What reading a config value may report; several problems are collected before anything stops. */
export type Report = (problem: { expected: string; received: string; hint?: string }) => void;

/**
 * A config field, declared once: its TypeScript type, its JSON Schema, its Keras default, its older spellings.
 * The order of a layer's fields is the order of its Python arguments.
 */
export interface Field<T> {
  /** JSON Schema of the value as Keras writes it. */
  readonly schema: object;
  /** Absent: the field is required. */
  readonly default?: T;
  /** The canonical value of any accepted spelling; identity where absent. Runs after the schema has accepted. */
  read?(value: unknown, report: Report): T;
  /** The value as Keras 3 writes it; identity where absent. */
  write?(value: T): unknown;
  /** Older names of the same key: `alpha`, `p`. */
  readonly aliases?: readonly string[];
  /** Keras version that introduced the key: not written at its default, so that older readers accept the file. */
  readonly since?: string;
  /** Python takes it by keyword only. */
  readonly keyword_only?: true;
  /** Set on fields that hold an initializer: an unseeded random one draws its seed when the layer is constructed. */
  readonly initializer?: true;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;
/** A validated config: every field present. */
export type Config<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };
/** What a user of the TypeScript builders writes: fields with a default may be left out. */
export type Options<F extends Fields> = {
  readonly [K in keyof F as F[K] extends { readonly default: unknown } ? never : K]: Config<F>[K];
} & { readonly [K in keyof F as F[K] extends { readonly default: unknown } ? K : never]?: unknown };

export type { ActivationConfig, InitializerConfig, RegularizerConfig };
