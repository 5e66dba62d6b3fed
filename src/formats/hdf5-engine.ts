import type * as h5wasm from "h5wasm";
import { ModelError, type Diagnostic } from "../diagnostics.ts";
import { attributesOf } from "./hdf5-attributes.ts";
import { arrayOf, declaredBytes, describe, type Described, pieceBytes, rawOf } from "./hdf5-datasets.ts";
import { checkSum, checksumOf, type Sha256, sha256Web, withChecksums } from "./hdf5-checksums.ts";
import { type Inflate, inflateStream } from "./hdf5-filters.ts";
import { watched, type Watch } from "./hdf5-guard.ts";
import { hardLinked, listDatasets } from "./hdf5-links.ts";
import type { Attributes, Hdf5Entry, Hdf5Reply, Hdf5Request, Hdf5Results } from "./hdf5-protocol.ts";
import { writeFile } from "./hdf5-write.ts";
import { DEFAULT_LIMITS, raise, withinExpansion, withinLimit, type Limits } from "../diagnostics/limits.ts";
import type { StoredArray } from "./stored-array.ts";

/** The library's own namespace, and the instance in it. */
export type H5Library = typeof h5wasm;
export type H5Module = H5Library["Module"];

/** The library's file system; what a file may own is not copied, which is right for a file that is only read. */
interface FileSystem {
  writeFile(path: string, data: Uint8Array, options: { readonly canOwn: boolean }): void;
}

/** What some platforms do faster by themselves. */
export interface Codecs {
  readonly inflate: Inflate;
  readonly sha256: Sha256;
}
const EVERYWHERE: Codecs = { inflate: inflateStream, sha256: sha256Web };

/** An open file as the parts of the engine see it. */
export interface H5File extends Codecs {
  readonly h5: H5Module;
  readonly id: bigint;
  readonly bytes: Uint8Array;
  readonly limits: Limits;
  /** Paths known to be reached through hard links alone. */
  readonly trusted: Set<string>;
  /** Names in the groups seen so far. */
  readonly children: Map<string, ReadonlySet<string>>;
  /** Whether all floats of so many bits are IEEE's, as far as that was asked. */
  readonly ieee: Map<number, boolean>;
}

/** What is known of a file before anything in it was looked at. */
const unseen = (): Pick<H5File, "trusted" | "children" | "ieee"> => ({
  trusted: new Set(["/"]),
  children: new Map(),
  ieee: new Map(),
});

/** Errors are thrown, and no filter comes from outside. */
function prepare(h5: H5Module): void {
  h5.activate_throwing_error_handler();
  while (h5.get_plugin_search_paths().length > 0) h5.remove_plugin_search_path(0);
}

/** A name that no other file of an instance has; no UUID, which browsers make on secure pages only. */
const ownName = (): string => `/${crypto.getRandomValues(new Uint32Array(4)).join("-")}`;

/** Answers requests about one file; the first is `open`. It is given up after any error. */
export type Hdf5Engine = (request: Hdf5Request) => Promise<Hdf5Reply>;

/** An engine on a library instance. It holds no state outside of itself, so that several may share an instance. */
export function createEngine(library: H5Library, codecs: Codecs = EVERYWHERE): Hdf5Engine {
  const h5 = library.Module;
  const name = ownName();
  const watch: Watch = { foreign: undefined, exhausted: false };
  let file: H5File | undefined;
  let spare = DEFAULT_LIMITS.memory_bytes;
  prepare(h5);

  const run: Run = (extra, work) =>
    watched(h5, name, h5.HEAPU8.buffer.byteLength + spare + extra, watch, work);

  const open = (bytes: Uint8Array, limits: Limits): undefined => {
    spare = limits.memory_bytes;
    (h5.FS as unknown as FileSystem).writeFile(name, bytes, { canOwn: true });
    const id = run(0, () => h5.open(name, h5.H5F_ACC_RDONLY, false, -1, -1));
    if (id < 0n) throw new Error("not opened");
    file = { ...codecs, ...unseen(), h5, id, bytes, limits };
  };
  const close = (): undefined => {
    if (file) h5.close_file(file.id);
    file = undefined;
    if (h5.FS.analyzePath(name).exists) h5.FS.unlink(name);
  };
  const write = (entries: readonly Hdf5Entry[]): Uint8Array =>
    run(entryBytes(entries), () => writeFile(library, name, entries));
  const answer = (request: Hdf5Request): unknown => {
    if (request.kind === "open") return open(request.bytes, request.limits);
    if (request.kind === "close") return close();
    if (request.kind === "write") return withChecksums(request.entries, codecs.sha256).then(write);
    if (!file) throw new Error("no file is open");
    const opened = file;
    if (request.kind === "attributes")
      return run(0, () => attributesAt(opened, request.paths, request.names));
    if (request.kind === "list") return run(0, () => listDatasets(opened, request.root));
    if (request.kind === "shapes") return shapesAt(opened, request.paths, run);
    return arraysAt(opened, request.paths, run);
  };
  return (request) => replied(watch, () => answer(request));
}

async function replied(watch: Watch, work: () => unknown): Promise<Hdf5Reply> {
  try {
    const value = await work();
    return watch.foreign === undefined ? { ok: true, value } : failed(watch, undefined);
  } catch (error) {
    return failed(watch, error);
  }
}

const entryBytes = (entries: readonly { readonly array?: StoredArray }[]): number =>
  2 * entries.reduce((sum, { array }) => sum + (array?.data.byteLength ?? 0), 0);

function attributesAt(
  file: H5File,
  paths: readonly string[],
  names: readonly string[],
): Map<string, Attributes> {
  const budget = { left: file.limits.config_bytes };
  const result = new Map<string, Attributes>();
  for (const path of paths) {
    if (hardLinked(file, path) !== undefined) result.set(path, attributesOf(file, path, names, budget));
  }
  return result;
}

/** Runs work that may take so much more memory than the limits say. */
export type Run = <T>(extra: number, work: () => T) => T;

/** All sizes are summed before the first array is read. */
async function arraysAt(
  file: H5File,
  paths: readonly string[],
  run: Run,
): Promise<ReadonlyMap<string, StoredArray>> {
  const described = describeAll(file, paths, run);
  const largest = Math.max(0, ...described.map((d) => declaredBytes(d.metadata)));
  const raw = run(3 * largest, () => described.map((d) => naming(d.path, () => rawOf(file, d))));
  const sums = run(0, () => described.map(({ path }) => checksumOf(file, path)));
  for (const [k, { bytes, check }] of raw.entries()) {
    await check(run);
    await checkSum(described[k].path, sums[k], bytes, file.sha256);
  }
  return new Map(described.map((d, k) => [d.path, arrayOf(d, raw[k])]));
}

function shapesAt(file: H5File, paths: readonly string[], run: Run): Hdf5Results["shapes"] {
  const described = describeAll(file, paths, run);
  return new Map(
    described.map(({ path, metadata, dtype }) => [path, { shape: metadata.shape ?? [], dtype }]),
  );
}

function describeAll(file: H5File, paths: readonly string[], run: Run): readonly Described[] {
  const { limits, bytes } = file;
  withinLimit(limits, "objects", paths.length, "The number of arrays");
  const described = run(0, () => paths.map((path) => describe(file, path)));
  let total = 0;
  for (const { metadata, path } of described) {
    const size = declaredBytes(metadata);
    // pieces may be larger than their array, and are read as a whole
    const piece = pieceBytes(metadata);
    withinLimit(limits, "weight_bytes", piece, "The declared size of a piece of an array", { path });
    withinExpansion(limits, piece, bytes.length, "The declared size of a piece of an array", { path });
    total += size;
    withinLimit(limits, "weight_bytes", total, "The declared size of the arrays", { path });
    withinExpansion(limits, size, bytes.length, "The declared size of an array", { path });
  }
  return described;
}

function failed(watch: Watch, error: unknown): Hdf5Reply {
  if (watch.foreign !== undefined) return { ok: false, limit: false, problems: [foreign(watch.foreign)] };
  if (watch.exhausted) return { ok: false, limit: true, problems: [EXHAUSTED] };
  if (error instanceof ModelError) {
    return { ok: false, limit: error.name === "ModelLimitError", problems: error.errors };
  }
  return { ok: false, limit: false, problems: [corrupt(error)] };
}

const foreign = (name: string): Diagnostic => ({
  code: "hdf5-external",
  message: "The HDF5 file refers to another file; only what is in the file itself is read.",
  received: JSON.stringify(name.slice(0, 200)),
});

const EXHAUSTED: Diagnostic = {
  code: "limit-memory-bytes",
  message:
    "Reading the HDF5 file needs far more memory than the sizes it declares: that passes the limit memory_bytes.",
  hint: `The file is damaged or was made to exhaust memory; if you trust it, ${raise("memory_bytes")}.`,
};

/** Work on one array, which an error of the library's then names. */
function naming<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof ModelError ? error : new ModelError({ ...corrupt(error), at: { path } });
  }
}

/** The innermost reason of the library's error stack: its last `#00n: … : reason` block's message. */
function corrupt(error: unknown): Diagnostic {
  const text = error instanceof Error ? error.message : String(error);
  const reasons = [...text.matchAll(/^\s*#\d+: .*?line \d+ in \w+\(\): (.*)$/gm)].map((m) => m[1]);
  const reason = reasons.at(-1) ?? text.split("\n", 1)[0];
  return { code: "hdf5-corrupt", message: `The HDF5 data cannot be read: ${reason.slice(0, 200)}.` };
}
