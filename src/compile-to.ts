import { bundle, type BundleOptions } from "./bundle.ts";
import { bundleSource, type InputShapes } from "./bundle-source.ts";
import type { Winograd } from "./codegen/tile.ts";
import { checkKeys, type Diagnostic, ModelError } from "./diagnostics.ts";
import { show } from "./ir/fields/schema.ts";
import type { Core } from "./runtime/core.ts";
import type { Data } from "./runtime/data.ts";
import { spread } from "./runtime/data.ts";
import { placeNames } from "./runtime/core.ts";

/** Options of `model.compileTo`. */
export interface CompileToOptions {
  /** "wasm" (default), "ts": the readable one, "js": the same without types. */
  readonly target?: "wasm" | "ts" | "js";
  /** With `trainStep`: the model must be compiled. */
  readonly training?: boolean;
  /** Inside the module (default), in a file beside it, or none: every weight 0 until it is set. */
  readonly weights?: "inline" | "file" | "none";
  /** Rows computed at a time; 32 if not given. */
  readonly batch_size?: number;
  /** Sizes of inputs that the model leaves open, without the batch. */
  readonly input_shape?: InputShapes;
  /** False lets engines round once in a multiplication with addition. */
  readonly deterministic?: boolean;
  /** The widest tile of Winograd's convolution: 2 (default), 4 (faster, errors up to 1e-5 of the scale), 0: none. */
  readonly winograd?: Winograd;
  /** Of the files; the model's name if not given. */
  readonly name?: string;
  /** Outputs expected for the golden input, from elsewhere than the reference interpreter. */
  readonly expected?: Data;
}

const KEYS = [
  "target",
  "training",
  "weights",
  "batch_size",
  "input_shape",
  "deterministic",
  "winograd",
  "name",
  "expected",
];

/** The files of a standalone bundle by name; the same model gives the same bytes. */
export function compileTo(
  core: Core,
  options: CompileToOptions = {},
): { readonly files: Map<string, Uint8Array> } {
  checkCompileTo(options);
  const source = bundleSource(core, options.input_shape, options.training ?? false);
  return { files: bundle(source, bundleOptions(core, options)) };
}

/** The options with every default filled in. */
export function bundleOptions(core: Core, options: CompileToOptions): BundleOptions {
  const expected = options.expected === undefined ? undefined : expectedOutputs(core, options.expected);
  return {
    target: options.target ?? "wasm",
    name: options.name ?? fileName(core.ir.name),
    weights: options.weights ?? "inline",
    ...(options.batch_size !== undefined && { batch: options.batch_size }),
    deterministic: options.deterministic ?? true,
    winograd: options.winograd ?? 2,
    ...(expected && { expected }),
  };
}

function expectedOutputs({ ir }: Core, expected: Data): Float32Array[] {
  const tensors = spread(expected, placeNames(ir.outputs), "output");
  return tensors.map((tensor) => Float32Array.from(tensor!.data as Float32Array));
}

/** A model's name made safe for a file name. */
export function fileName(name: string): string {
  const safe = name.replaceAll(/[^A-Za-z0-9_-]+/g, "_").slice(0, 80);
  return /^[A-Za-z0-9_]/.test(safe) ? safe : `model${safe}`;
}

/** Refuses options that are unknown or do not fit, all at once. */
export function checkCompileTo(options: CompileToOptions): void {
  checkKeys("compileTo", options, KEYS);
  const problems = [
    ...wrong(options, "target", "wasm, ts or js", (v) => ["wasm", "ts", "js"].includes(v)),
    ...wrong(options, "weights", "inline, file or none", (v) => ["inline", "file", "none"].includes(v)),
    ...wrong(
      options,
      "batch_size",
      "a whole number from 1 to 65536",
      (v) => Number.isInteger(v) && v >= 1 && v <= 65536,
    ),
    ...wrong(options, "training", "true or false", (v) => typeof v === "boolean"),
    ...wrong(options, "deterministic", "true or false", (v) => typeof v === "boolean"),
    ...wrong(options, "input_shape", "a list of sizes, or a record of them by input name", isShapes),
    ...wrong(options, "winograd", "0, 2 or 4", (v) => [0, 2, 4].includes(v)),
    ...wrong(
      options,
      "name",
      "letters, digits, - and _",
      (v) => typeof v === "string" && /^[A-Za-z0-9_][A-Za-z0-9_-]{0,79}$/.test(v),
    ),
  ];
  if (problems.length) throw new ModelError(problems);
}

const isSizes = (v: unknown): boolean =>
  Array.isArray(v) && v.every((d) => Number.isSafeInteger(d) && d >= 1);
const isShapes = (v: unknown): boolean =>
  isSizes(v) || (typeof v === "object" && v !== null && !Array.isArray(v) && Object.values(v).every(isSizes));

function wrong<K extends keyof CompileToOptions>(
  options: CompileToOptions,
  key: K,
  expected: string,
  fits: (value: NonNullable<CompileToOptions[K]>) => boolean,
): Diagnostic[] {
  const value = options[key];
  if (value === undefined || value === null || fits(value)) return [];
  const message = `The option ${key} of compileTo does not fit.`;
  return [{ code: "bad-option", message, expected, received: show(value) }];
}
