import { ModelError } from "../diagnostics.ts";
import type { Spawn } from "../formats/hdf5.ts";
import { type Limits, withinLimit } from "../diagnostics/limits.ts";
import type { Platform } from "../runtime/platform.ts";

/** What loading and saving need from the world around: files where there are any, engines for HDF5, a place for text. */
export interface Host {
  /** Bytes at a path; a ModelError that names it where it cannot be read, or where there are no paths. */
  readonly read: (path: string, limits: Limits) => Promise<Uint8Array>;
  /** Bytes at a URL. */
  readonly fetch: (url: URL, limits: Limits) => Promise<Uint8Array>;
  /** Puts bytes at a path, or hands them back where there are no paths. */
  readonly write: (path: string, bytes: Uint8Array<ArrayBuffer>) => Promise<Blob | undefined>;
  /** Puts files into a folder, each whole or as it was before. */
  readonly writeFolder: (path: string, files: ReadonlyMap<string, Uint8Array>) => Promise<undefined>;
  /** SOURCE_DATE_EPOCH of the environment: the time that saved files carry, seconds since 1970. */
  readonly source_date_epoch?: () => string | undefined;
  readonly spawn: Spawn;
  readonly platform: () => Platform;
}

/** Bytes at an http(s), data or blob URL. */
export async function download(url: URL, limits: Limits): Promise<Uint8Array> {
  const file = url.href;
  const response = await fetch(url).catch((error: unknown) => {
    throw unavailable(file, error instanceof Error ? error.message : String(error));
  });
  if (!response.ok) throw unavailable(file, `the server answered ${response.status}`);
  withinLimit(
    limits,
    "file_bytes",
    Number(response.headers.get("content-length") ?? 0),
    "The size of the file",
    { file },
  );
  const bytes = new Uint8Array(await response.arrayBuffer());
  withinLimit(limits, "file_bytes", bytes.length, "The size of the file", { file });
  return bytes;
}

const unavailable = (file: string, why: string): ModelError =>
  new ModelError({
    code: "download-failed",
    message: `The file cannot be downloaded: ${why}.`,
    at: { file },
  });
