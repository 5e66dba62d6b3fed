import { checkKeys, ModelError } from "../diagnostics.ts";
import { type Limits, withDefaults } from "../diagnostics/limits.ts";
import {
  anything,
  checkOptions,
  flag,
  oneOf,
  type OptionSchemas,
  record,
  seed,
  text,
} from "../ir/options.ts";
import { parseVersion } from "../ir/summary/version.ts";
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
  /** The version of Keras that a snippet is written for; `summary` prints as it does, of a file as well. */
  readonly keras?: string;
  /** Layers of one's own; not supported yet. */
  readonly layers?: Readonly<Record<string, unknown>>;
  /** How much an untrusted file may ask for; defaults in `DEFAULT_LIMITS`. */
  readonly limits?: Partial<Limits>;
  /** False lets the engine round once in a multiplication with addition: faster, other last bits on other machines. */
  readonly deterministic?: boolean;
  /** The widest tile of Winograd's convolution: 2 (default), 4 (faster, errors up to 1e-5 of the scale), 0: none. */
  readonly winograd?: 0 | 2 | 4;
  readonly engine?: "wasm" | "interpret";
}

/** What each option takes. */
const CHECKS: OptionSchemas<LoadOptions> = {
  weights: anything,
  seed,
  define: record,
  model: text,
  keras: text,
  layers: record,
  limits: record,
  deterministic: flag,
  winograd: oneOf(0, 2, 4),
  engine: oneOf("wasm", "interpret"),
};

/** Refuses options that are unknown, do not fit, or are not supported yet; gives the limits. */
export function checkLoadOptions(options: LoadOptions): Limits {
  checkOptions("loadModel", options, CHECKS);
  if (options.keras !== undefined) parseVersion(options.keras);
  if (options.layers && Object.keys(options.layers).length > 0)
    throw unsupported("layers", "Keras's own layers");
  return checkLimits(options.limits);
}

/** The limits with their defaults; those that are unknown or no numbers are refused. */
export function checkLimits(limits: Partial<Limits> = {}): Limits {
  checkKeys("limits", limits, Object.keys(withDefaults()));
  const wrong = Object.entries(limits).filter(
    ([, value]) => value !== undefined && !(typeof value === "number" && value >= 0),
  );
  if (wrong.length) {
    throw new ModelError(
      wrong.map(([name, value]) => ({
        code: "bad-option",
        message: `The limit ${name} does not fit.`,
        expected: "a number from 0",
        received: String(value),
      })),
    );
  }
  return withDefaults(limits);
}

const unsupported = (option: string, expected: string): ModelError =>
  new ModelError({
    code: "unsupported-option",
    message: `The option ${option} is not supported yet.`,
    expected,
  });
