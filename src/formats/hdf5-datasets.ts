import { ModelError } from "../diagnostics.ts";
import { attributesOf } from "./hdf5-attributes.ts";
import { checkPieces, readPieces } from "./hdf5-chunks.ts";
import type { H5File, Run } from "./hdf5-engine.ts";
import { type Filter, FILTERS } from "./hdf5-filters.ts";
import { hardLinked } from "./hdf5-links.ts";
import { withinLimit } from "../diagnostics/limits.ts";
import { ELEMENTS, type StoredArray, type StoredDType } from "./stored-array.ts";
import { typeName } from "./hdf5-types.ts";

type Metadata = ReturnType<H5File["h5"]["get_dataset_metadata"]>;

/** A dataset about which everything is known but its data. */
export interface Described {
  readonly path: string;
  readonly metadata: Metadata;
  readonly dtype: StoredDType;
  readonly filters: readonly Filter[];
}

/** Several that undo each other say nothing; each doubles what a piece may have gone through. */
const MOST_FILTERS = 4;
/** The HDF5 description of IEEE half precision and of bfloat16: the fields that follow their type class. */
const HALF_FIELDS = [2, 0, 0, 0, 0, 0, 16, 0, 10, 5, 0, 10, 15, 0, 0, 0];
const BRAIN_FIELDS = [2, 0, 0, 0, 0, 0, 16, 0, 7, 8, 0, 7, 127, 0, 0, 0];

/** Looks at a dataset without reading it, and refuses whatever cannot be read to the letter. */
export function describe(file: H5File, path: string): Described {
  if (hardLinked(file, path) !== "dataset") {
    throw new ModelError({ code: "hdf5-missing", message: "The HDF5 file has no such array.", at: { path } });
  }
  const metadata = file.h5.get_dataset_metadata(file.id, path);
  if (metadata.virtual_sources) {
    throw new ModelError({
      code: "hdf5-external",
      message: "The HDF5 file has a virtual dataset; only data that is in the file itself is read.",
      at: { path },
    });
  }
  const filters = filtersOf(file, path);
  withinLimit(file.limits, "rank", metadata.shape?.length ?? 0, "The rank of an array", { path });
  return { path, metadata, filters, dtype: dtypeOf(file, metadata, path) };
}

export const declaredBytes = (metadata: Metadata): number =>
  (metadata.shape ?? []).reduce((product, d) => product * d, metadata.size);

/** Bytes that the library needs at once of an array that is stored in pieces. */
export const pieceBytes = ({ chunks, size }: Metadata): number =>
  (chunks ?? []).reduce((product, d) => product * d, size);

function filtersOf(file: H5File, path: string): readonly Filter[] {
  const filters = file.h5.get_dataset_filters(file.id, path);
  const unknown = filters.find((f) => !FILTERS.includes(f.id));
  if (!unknown && filters.length <= MOST_FILTERS) return filters;
  throw new ModelError({
    code: "hdf5-filter",
    message: "An HDF5 array is stored through a filter that is not supported.",
    at: { path },
    received: unknown
      ? `${JSON.stringify(unknown.name)} (number ${unknown.id})`
      : `${filters.length} filters`,
  });
}

function dtypeOf(file: H5File, metadata: Metadata, path: string): StoredDType {
  const dtype = metadata.shape === null ? undefined : simpleType(file, metadata, path);
  if (dtype) return dtype;
  throw new ModelError({
    code: "hdf5-type",
    message: "An HDF5 array is of a type that is not supported.",
    at: { path },
    expected: Object.keys(ELEMENTS).join(", "),
    received: metadata.shape === null ? "an array without data" : typeName(metadata.type, metadata.size),
  });
}

function simpleType(file: H5File, metadata: Metadata, path: string): StoredDType | undefined {
  const { H5T_class_t: c } = file.h5;
  const { type, size, signed } = metadata;
  const bits = 8 * size;
  if (type === c.H5T_INTEGER.value && [8, 16, 32, 64].includes(bits)) {
    return `${signed ? "int" : "uint"}${bits}` as StoredDType;
  }
  if (type === c.H5T_FLOAT.value) return size === 2 ? halfType(file) : floatType(file, bits);
  if (type === c.H5T_OPAQUE.value && size === 2 && isBrain(file, path)) return "bfloat16";
  const names = Object.keys(metadata.enum_type?.members ?? {}).sort();
  return size === 1 && names.join() === "FALSE,TRUE" ? "bool" : undefined;
}

/** Keras stores bfloat16 as raw bytes and says so in an attribute. */
const isBrain = (file: H5File, path: string): boolean =>
  attributesOf(file, path, ["dtype"], { left: 1024 }).get("dtype") === "bfloat16";

/** The library does not tell the two 16-bit floats apart; their descriptions in the file's bytes do. */
function halfType({ bytes }: H5File): StoredDType | undefined {
  const half = holds(bytes, HALF_FIELDS);
  return half !== holds(bytes, BRAIN_FIELDS) ? (half ? "float16" : "bfloat16") : undefined;
}

/** Behind the class, flags and size in the HDF5 description of a float of so many bits. */
const FLOAT_FIELDS = new Map([
  [32, [0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0]],
  [64, [0, 0, 64, 0, 52, 11, 0, 52, 255, 3, 0, 0]],
]);

/** Floats of IEEE alone: the library does not tell another bias or mantissa, the descriptions in the file's bytes do. */
function floatType({ bytes, ieee }: H5File, bits: number): StoredDType | undefined {
  if (!ieee.has(bits)) ieee.set(bits, areIeee(bytes, bits, FLOAT_FIELDS.get(bits)));
  return ieee.get(bits) ? (`float${bits}` as StoredDType) : undefined;
}

function areIeee(bytes: Uint8Array, bits: number, fields: readonly number[] | undefined): boolean {
  if (!fields) return false;
  // the place of the sign, then the size
  const head = [bits - 1, 0, bits / 8, 0, 0, 0];
  for (let at = bytes.indexOf(head[0], 2); at >= 0; at = bytes.indexOf(head[0], at + 1)) {
    const described = (bytes[at - 2] & 15) === 1 && (bytes[at - 1] & 254) === 32;
    if (!described || !head.every((v, k) => bytes[at + k] === v)) continue;
    if (!fields.every((v, k) => bytes[at + head.length + k] === v)) return false;
  }
  return true;
}

function holds(bytes: Uint8Array, fields: readonly number[]): boolean {
  for (let at = bytes.indexOf(16); at >= 0; at = bytes.indexOf(16, at + 1)) {
    if (fields.every((v, k) => bytes[at - 6 + k] === v)) return true;
  }
  return false;
}

/** How many bytes are read at once, so that a large array does not lie in the library's memory as a whole. */
const SLAB = 8 * 2 ** 20;

/** Raw bytes as the library gives them, little-endian, and what is left to do before they can be trusted. */
export interface Raw {
  readonly bytes: Uint8Array<ArrayBuffer>;
  check(run: Run): Promise<void>;
}

/** Reads the raw bytes of an array. */
export function rawOf(file: H5File, described: Described): Raw {
  const { metadata } = described;
  const bytes = new Uint8Array(declaredBytes(metadata));
  const { chunks } = metadata;
  if (chunks) {
    const array = { ...described, chunks };
    const pieces = readPieces(file, array, bytes);
    return { bytes, check: (run) => checkPieces(file, array, bytes, pieces, run) };
  }
  readSlabs(file, described, bytes);
  return { bytes, check: () => Promise.resolve() };
}

/** Raw bytes as numbers. */
export const arrayOf = ({ metadata, dtype }: Described, { bytes }: Raw): StoredArray => ({
  shape: metadata.shape ?? [],
  dtype,
  data: ELEMENTS[dtype].read(bytes.buffer),
});

function readSlabs({ h5, id }: H5File, { path, metadata }: Described, bytes: Uint8Array): void {
  const shape = metadata.shape ?? [];
  const [length = 1, ...rest] = shape;
  const row = bytes.length / Math.max(1, length);
  const most = Math.max(1, Math.floor(SLAB / Math.max(1, row)));
  const at = h5._malloc(Math.max(1, Math.min(length, most) * row));
  if (at === 0) throw new Error("out of memory");
  try {
    for (let start = 0; start * row < bytes.length; start += most) {
      const rows = Math.min(most, length - start);
      if (rows === length) h5.get_dataset_data(id, path, null, null, null, BigInt(at));
      else {
        const [count, offset, stride] = [[rows, ...rest], [start, ...rest.map(() => 0)], shape.map(() => 1)];
        h5.get_dataset_data(id, path, count.map(BigInt), offset.map(BigInt), stride.map(BigInt), BigInt(at));
      }
      bytes.set(h5.HEAPU8.subarray(at, at + rows * row), start * row);
    }
  } finally {
    h5._free(at);
  }
}
