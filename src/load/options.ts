import { checkKeys, ModelError } from "../diagnostics.ts";
import { type Limits, withDefaults } from "../formats/limits.ts";
import type { Defined } from "../parser/python/index.ts";
import type { Source } from "./source.ts";

/** Options of `loadModel`. */
export interface LoadOptions {
  /** A file whose weights the model takes: `.h5`, `.keras` or `.weights.h5`. */
  readonly weights?: Source;
  /** Python's seed for weights that no file gives: as `keras.utils.set_random_seed(seed)`. */
  readonly seed?: number;
  /** Values of names that a snippet does not assign. */
  readonly define?: Readonly<Record<string, Defined>>;
  /** Variable of the model meant, in a snippet of several. */
  readonly model?: string;
  /** Layers of one's own; not supported yet. */
  readonly layers?: Readonly<Record<string, unknown>>;
  /** How much an untrusted file may ask for; defaults in `DEFAULT_LIMITS`. */
  readonly limits?: Partial<Limits>;
  /** False lets the engine round once in a multiplication with addition: faster, other last bits on other machines. */
  readonly deterministic?: boolean;
  /** Tile of Winograd's convolution; 0, which is none, is all there is yet. */
  readonly winograd?: 0 | 2 | 4;
  readonly engine?: "wasm" | "interpret";
}

type Check = (value: unknown) => string | undefined;
const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value) ? undefined : values.map((v) => JSON.stringify(v)).join(" or ");
const record: Check = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? undefined : "an object";

/** What each option takes; a text says what it should have been. */
const CHECKS: Readonly<Record<keyof LoadOptions, Check>> = {
  weights: () => undefined,
  seed: (value) =>
    Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : "a whole number from 0",
  define: record,
  model: (value) => (typeof value === "string" ? undefined : "a name"),
  layers: record,
  limits: record,
  deterministic: oneOf(true, false),
  winograd: oneOf(0, 2, 4),
  engine: oneOf("wasm", "interpret"),
};

/** Refuses options that are unknown, do not fit, or are not supported yet; gives the limits. */
export function checkLoadOptions(options: LoadOptions): Limits {
  checkKeys("loadModel", options, Object.keys(CHECKS));
  const problems = Object.entries(CHECKS).flatMap(([key, check]) => {
    const value = options[key as keyof LoadOptions];
    const expected = value === undefined ? undefined : check(value);
    const message = `The option ${key} of loadModel does not fit.`;
    return expected === undefined ? [] : [{ code: "bad-option", message, expected, received: String(value) }];
  });
  if (problems.length) throw new ModelError(problems);
  if (options.winograd) throw unsupported("winograd", "0: convolutions are computed directly");
  if (options.layers && Object.keys(options.layers).length > 0)
    throw unsupported("layers", "Keras's own layers");
  checkKeys("limits", options.limits ?? {}, Object.keys(withDefaults()));
  return withDefaults(options.limits);
}

const unsupported = (option: string, expected: string): ModelError =>
  new ModelError({
    code: "unsupported-option",
    message: `The option ${option} is not supported yet.`,
    expected,
  });
