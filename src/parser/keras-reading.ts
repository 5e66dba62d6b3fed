import type { Diagnostic, Where } from "../diagnostics.ts";
import { show } from "../ir/fields/schema.ts";
import type { OlderKeras } from "../ir/fields.ts";
import type { LayerTable } from "../ir/layers/index.ts";
import type { Keras1View, Note } from "../ir/spec.ts";

/** What the parts of one document share. */
export interface Reading {
  readonly file: string | undefined;
  readonly problems: Diagnostic[];
  readonly notes: Note[];
  readonly layers: LayerTable;
  /** The Keras that wrote the document, where the file around it says that. */
  readonly version?: string;
  /** See `lostMarks`. */
  readonly marks: ReadonlyMap<Json, number>;
  /** See `namelessModels`. */
  readonly nameless: ReadonlyMap<unknown, string>;
  /** Set where the document is of Keras 1 or 2. */
  readonly older?: OlderKeras;
}
export type Json = Readonly<Record<string, unknown>>;

export const isRecord = (v: unknown): v is Json => typeof v === "object" && v !== null && !Array.isArray(v);

export function whereOf(reading: Reading, path: string): Where {
  return reading.file === undefined ? { path } : { file: reading.file, path };
}

/** Whether Keras 1 or 2 wrote a document: by the version that its file or it says, else by the modules that Keras 3 names. */
export function olderKeras(document: unknown, given?: string): Pick<Reading, "older"> {
  if (!isRecord(document)) return {};
  const version = given ?? document.keras_version;
  const older = (known: Pick<OlderKeras, "version">): Pick<Reading, "older"> => ({
    older: { ...known, ...orderOf(document) },
  });
  if (typeof version === "string") return Number.parseInt(version) >= 3 ? {} : older({ version });
  const { layers } = isRecord(document.config) ? document.config : document;
  const entries: readonly unknown[] = Array.isArray(layers) ? layers : [];
  const named = [document, ...entries].some((entry) => isRecord(entry) && Object.hasOwn(entry, "module"));
  return named ? {} : older({});
}

/** The one order of axes that the layers of Keras 1 speak of; TensorFlow's where none does, none where they differ. */
function orderOf(document: Json): Pick<OlderKeras, "data_format"> {
  const said = new Set(valuesOf(document, "dim_ordering"));
  if (said.size > 1) return {};
  return { data_format: said.has("th") ? "channels_first" : "channels_last" };
}

/** Names of the Sequentials that are mere lists of layers, by those lists: a list has no place for a name, and Keras counts anew. */
export function namelessModels(document: unknown): ReadonlyMap<unknown, string> {
  const lists = listsIn(document);
  return new Map(lists.map((list, k) => [list, `sequential_${k + 1}`]));
}

/** In the order in which Keras makes the models: each before those inside it. */
function listsIn(part: unknown): unknown[] {
  if (Array.isArray(part)) return part.flatMap(listsIn);
  if (!isRecord(part)) return [];
  const own = part.class_name === "Sequential" && Array.isArray(part.config) ? [part.config] : [];
  return [...own, ...Object.values(part).flatMap(listsIn)];
}

/** All values of a key, however deep it stands. */
function valuesOf(part: unknown, key: string): unknown[] {
  if (Array.isArray(part)) return part.flatMap((one) => valuesOf(one, key));
  if (!isRecord(part)) return [];
  const own = Object.hasOwn(part, key) ? [part[key]] : [];
  return [...own, ...Object.values(part).flatMap((one) => valuesOf(one, key))];
}

/** Reports what is wrong with the form of the document at a JSON path. */
export function malformed(
  reading: Reading,
  path: string,
  expected: string,
  received: unknown,
  hint?: string,
): undefined {
  reading.problems.push({
    code: "bad-config",
    message: "The config of the model is not as Keras writes it.",
    at: whereOf(reading, path),
    expected,
    received: show(received),
    ...(hint && { hint }),
  });
}

/** An entry of `layers` with the path at which it stands. */
export interface Entry {
  readonly path: string;
  readonly json: Json;
  readonly name: string;
  /** See `Keras1View`. */
  readonly listed?: Keras1View["listed"];
}

/** Where each key of a layer's config stands. */
export function keyPlaces(
  keys: readonly string[],
  path: string,
  reading: Reading,
): Readonly<Record<string, Where>> {
  return Object.fromEntries(keys.map((key) => [key, whereOf(reading, `${path}.config.${key}`)]));
}
