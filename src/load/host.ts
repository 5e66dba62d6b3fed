import { ModelError } from "../diagnostics.ts";
import { type Spawn, spawnHere } from "../formats/hdf5.ts";
import { type Limits, withinLimit } from "../diagnostics/limits.ts";
import { consolePlatform, type Platform } from "../runtime/platform.ts";

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

/** A page or a worker: no paths, downloads by `fetch`, HDF5 in a Web Worker. */
export const browserHost: Host = {
  read: (path) => Promise.reject(noPaths(path)),
  fetch: download,
  write: (_path, bytes) => Promise.resolve(new Blob([bytes])),
  writeFolder: (path) => Promise.reject(noFolders(path)),
  spawn: async () => {
    if (typeof Worker === "undefined") return spawnHere();
    const { spawnWebWorker } = await import("../formats/hdf5-web.ts");
    const create = (): Worker =>
      new Worker(new URL("./hdf5-web-worker.js", import.meta.url), { type: "module" });
    // where the page's bundler left the worker out, the file is read in this thread
    return spawnWebWorker(create)().catch(() => spawnHere());
  },
  platform: consolePlatform,
};

const noPaths = (path: string): ModelError =>
  new ModelError({
    code: "no-paths",
    message: "Paths cannot be opened here: there is no file system.",
    at: { file: path },
    expected: "a URL, a File or Blob, bytes, or the model's text (which has a line break or begins with {)",
    received: `the path ${JSON.stringify(path)}`,
  });

const noFolders = (path: string): ModelError =>
  new ModelError({
    code: "no-paths",
    message: "A folder of files cannot be written here: there is no file system.",
    at: { file: path },
    hint: "toBytes gives the files.",
  });

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
