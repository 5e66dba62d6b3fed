import { ModelError } from "../diagnostics.ts";
import { type Limits, withinLimit } from "../diagnostics/limits.ts";
import type { Host } from "./host.ts";

/** Brings a file that lies beside another one. Names are plain: without folders, so that nothing else can be meant. */
export type Parts = (name: string) => Promise<Uint8Array>;

/** A path with the slash that its last part needs. */
export const folderOf = (path: string): string => (/[/\\]$/.test(path) ? path : `${path}/`);

/** The files in the folder of a path or a URL. */
export function partsAt(file: string | URL, host: Host, limits: Limits): Parts {
  if (typeof file !== "string") return (name) => host.fetch(new URL(encodeURIComponent(name), file), limits);
  const folder = file.slice(0, Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
  return (name) => host.read(`${folder}${name}`, limits);
}

/** Files that were given by their names. */
export function partsOfRecord(record: object, limits: Limits): Parts {
  const files = new Map<string, unknown>(Object.entries(record));
  return (name) => {
    const file = files.get(name);
    const bytes = file instanceof ArrayBuffer ? new Uint8Array(file) : file;
    if (!(bytes instanceof Uint8Array)) return Promise.reject(notGiven(name, files));
    withinLimit(limits, "file_bytes", bytes.length, "The size of the file", { file: name });
    return Promise.resolve(bytes);
  };
}

const notGiven = (name: string, files: ReadonlyMap<string, unknown>): ModelError =>
  new ModelError({
    code: "part-missing",
    message: files.has(name) ? "This file was not given as bytes." : "A file of the model was not given.",
    at: { file: name },
    expected: "its bytes, a Uint8Array",
    received: files.has(name) ? typeof files.get(name) : [...files.keys()].slice(0, 20).join(", "),
  });

/** A file beside one that came alone. */
export const lonely = (name: string): ModelError =>
  new ModelError({
    code: "part-missing",
    message: "The model lies in several files, and only one of them was given.",
    at: { file: name },
    hint: 'Give the path or the URL of model.json, or all files by name: { "model.json": bytes, … }.',
  });
