import { ModelError, ModelLimitError } from "../diagnostics.ts";
import { type Limits, withinLimit } from "../formats/limits.ts";
import type { Host } from "./host.ts";

/**
 * Where a model or its weights come from: a path (where there are files), a URL, bytes, a File or Blob, the text
 * itself (JSON or Python: it has a line break or begins with `{`), or the files of a TensorFlow.js model by name.
 */
export type Source = string | URL | Uint8Array | ArrayBuffer | Blob | Readonly<Record<string, Uint8Array>>;

/** A source that was fetched: its bytes, and what messages call it. */
export interface Content {
  readonly bytes: Uint8Array;
  readonly file?: string;
}

/** Whether a string is a model's text and not a path. */
export const isText = (source: string): boolean => /[\r\n]/.test(source) || /^\s*\{/.test(source);

/** Brings the bytes of a source. */
export async function fetchSource(source: Source, host: Host, limits: Limits): Promise<Content> {
  if (typeof source === "string") {
    if (isText(source)) return sized({ bytes: new TextEncoder().encode(source) }, limits);
    if (source === "") throw new ModelError({ code: "no-source", message: "The source is an empty text." });
    return { bytes: await host.read(source, limits), file: source };
  }
  if (source instanceof URL) return { bytes: await host.fetch(source, limits), file: source.href };
  if (source instanceof Uint8Array) return sized({ bytes: source }, limits);
  if (source instanceof ArrayBuffer) return sized({ bytes: new Uint8Array(source) }, limits);
  if (typeof Blob !== "undefined" && source instanceof Blob) {
    const name: unknown = "name" in source ? source.name : undefined;
    const file = typeof name === "string" ? { file: name } : {};
    withinLimit(limits, "file_bytes", source.size, "The size of the file", file);
    return { bytes: new Uint8Array(await source.arrayBuffer()), ...file };
  }
  throw notASource(source);
}

function sized(content: Content, limits: Limits): Content {
  withinLimit(limits, "file_bytes", content.bytes.length, "The size of the source");
  return content;
}

function notASource(source: unknown): ModelError {
  const files = typeof source === "object" && source !== null && Object.hasOwn(source, "model.json");
  return new ModelError({
    code: files ? "unsupported-format" : "bad-source",
    message: files ? "TensorFlow.js models are not supported yet." : "This is no source of a model.",
    expected: "a path, a URL, bytes, a File or Blob, or the text of a Keras JSON or a Python snippet",
    received: files ? `files ${Object.keys(source).join(", ")}` : source === null ? "null" : typeof source,
  });
}

/** Work on a file whose problems, where they say no file, are this one's. */
export async function inFile<T>(file: string | undefined, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (file === undefined || !(error instanceof ModelError)) throw error;
    const problems = error.errors.map((problem) => ({ ...problem, at: { file, ...problem.at } }));
    throw error instanceof ModelLimitError ? new ModelLimitError(problems) : new ModelError(problems);
  }
}
