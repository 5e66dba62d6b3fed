import { ModelError } from "../diagnostics.ts";
import { whole } from "./hdf5-port.ts";
import { withHdf5, type Hdf5File, type Needs, type Spawn } from "./hdf5.ts";
import { readKerasZip } from "./keras-zip.ts";
import { readLegacy } from "./legacy-h5.ts";
import type { Limits } from "../diagnostics/limits.ts";
import { otherFile } from "./others.ts";
import { sniff } from "./sniff.ts";
import type { NamedArray, StoredArray } from "./stored-array.ts";
import { readKeras3Weights } from "./weights-h5.ts";

interface Common {
  readonly format: "keras" | "h5" | "tfjs";
  readonly keras_version?: string;
  /** As Keras writes it: "2026-01-31@12:00:00". */
  readonly date_saved?: string;
  /** The model's configuration as JSON text; absent in a weights file. */
  readonly config?: string;
  /** The optimizer's variables in the file's order; empty where none are stored. */
  readonly optimizer: readonly NamedArray[];
}

/** Weights under the paths of Keras 3: `layers/dense/vars/0`. */
export interface Keras3File extends Common {
  readonly layout: "keras3";
  /** Files of layers by their names in the archive: `assets/layers/string_lookup/vocabulary.txt`. */
  readonly assets?: ReadonlyMap<string, Uint8Array>;
  readonly weights: ReadonlyMap<string, StoredArray>;
}

/** Weights layer by layer, as all whole-model `.h5` files and those of Keras 1 and 2 have them. */
export interface LegacyFile extends Common {
  readonly layout: "legacy";
  readonly backend?: string;
  /** The arguments of `compile` as JSON text. */
  readonly training_config?: string;
  readonly weights: readonly LegacyLayer[];
}

export interface LegacyLayer {
  readonly name: string;
  readonly weights: readonly NamedArray[];
}

/** Weights by the names of TensorFlow.js: "dense/kernel". */
export interface TfjsFile extends Common {
  readonly layout: "tfjs";
  readonly weights: readonly NamedArray[];
}

/** What a model or weights file says, before it is known whether it makes sense. */
export type ModelFile = Keras3File | LegacyFile | TfjsFile;

/** Reads a `.keras`, `.h5` or `.weights.h5` file, told apart by content. Throws a ModelError for anything else. */
export async function readModelFile(
  bytes: Uint8Array,
  limits: Limits,
  spawn: Spawn,
  wanted: Needs = {},
): Promise<ModelFile> {
  const needs = { ...wanted, given: wanted.given && whole([bytes]).length > 0 };
  const format = sniff(bytes);
  if (format === "zip") return readKerasZip(bytes, limits, spawn, needs);
  if (format === "hdf5") return withHdf5(bytes, limits, spawn, readHdf5, needs);
  const other = otherFile(bytes);
  throw new ModelError({
    code: "not-a-model-file",
    message: format === "empty" ? "The file is empty." : "The file is not a Keras model or weights file.",
    expected: "a .keras archive or an HDF5 file",
    received: other?.name ?? (format === "empty" ? "no bytes" : format),
    ...(other && { hint: other.hint }),
  });
}

async function readHdf5(file: Hdf5File): Promise<ModelFile> {
  return (await readLegacy(file)) ?? (await readKeras3Weights(file));
}
