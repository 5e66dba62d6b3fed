import type { Diagnostic } from "../diagnostics.ts";
import type { Limits } from "../diagnostics/limits.ts";
import type { StoredArray } from "./stored-array.ts";

/** Text, list of texts, or numbers. */
export type AttributeValue = string | readonly string[] | readonly number[];
export type Attributes = ReadonlyMap<string, AttributeValue>;

/** What the caller asks of the HDF5 engine, which may live in a worker. Paths are absolute, without a slash at the end. */
export type Hdf5Request =
  | {
      readonly kind: "open";
      readonly bytes: Uint8Array;
      readonly limits: Limits;
      /** The caller needs the bytes no more: they may go to the engine's thread instead of being copied. */
      readonly given?: boolean;
    }
  /** The attributes of these names, arrays split by Keras (`name0`, `name1`, …) put together; no entry for a missing group. */
  | { readonly kind: "attributes"; readonly paths: readonly string[]; readonly names: readonly string[] }
  /** Every dataset below `root`, by path; empty if there is no such group. */
  | { readonly kind: "list"; readonly root: string }
  | { readonly kind: "arrays"; readonly paths: readonly string[] }
  /** What the arrays are, under the checks and limits of reading them. */
  | { readonly kind: "shapes"; readonly paths: readonly string[] }
  | {
      readonly kind: "write";
      readonly entries: readonly Hdf5Entry[];
      /** The caller needs the arrays no more: they may go to the engine's thread instead of being copied. */
      readonly given?: boolean;
    }
  /** Gives back what the file takes; for engines whose thread goes on. */
  | { readonly kind: "close" };

export interface Hdf5Results {
  readonly open: undefined;
  readonly attributes: ReadonlyMap<string, Attributes>;
  readonly list: readonly string[];
  readonly arrays: ReadonlyMap<string, StoredArray>;
  readonly shapes: ReadonlyMap<string, Omit<StoredArray, "data">>;
  readonly write: Uint8Array;
  readonly close: undefined;
}

export type Hdf5Reply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problems: readonly Diagnostic[]; readonly limit: boolean };

/** A group, or a dataset where `array` is given. Groups above it are made. */
export interface Hdf5Entry {
  readonly path: string;
  readonly attributes?: readonly { readonly name: string; readonly value: WrittenValue }[];
  readonly array?: StoredArray;
}
/** Keras writes most texts under an ASCII flag, a few under UTF-8; names as fixed-length texts. `fixed` is ASCII of that kind. */
export type WrittenValue =
  | { readonly kind: "ascii" | "utf8" | "fixed"; readonly text: string }
  | { readonly kind: "names"; readonly names: readonly string[] };
