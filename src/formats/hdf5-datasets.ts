import { ModelError } from "../diagnostics.ts";
import { attributesOf } from "./hdf5-attributes.ts";
import type { H5File } from "./hdf5-engine.ts";
import { hardLinked } from "./hdf5-links.ts";
import { withinLimit } from "../diagnostics/limits.ts";
import { ELEMENTS, type StoredArray, type StoredDType } from "./stored-array.ts";

type Metadata = ReturnType<H5File["h5"]["get_dataset_metadata"]>;

/** A dataset about which everything is known but its data. */
export interface Described {
  readonly path: string;
  readonly metadata: Metadata;
  readonly dtype: StoredDType;
}

/** deflate, shuffle, fletcher32, szip, scale-offset: what the library has built in. */
const FILTERS = [1, 2, 3, 4, 6];
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
  refuseFilters(file, path);
  withinLimit(file.limits, "rank", metadata.shape?.length ?? 0, "The rank of an array", { path });
  return { path, metadata, dtype: dtypeOf(file, metadata, path) };
}

export const declaredBytes = (metadata: Metadata): number =>
  (metadata.shape ?? []).reduce((product, d) => product * d, metadata.size);

function refuseFilters(file: H5File, path: string): void {
  const unknown = file.h5.get_dataset_filters(file.id, path).find((f) => !FILTERS.includes(f.id));
  if (!unknown) return;
  throw new ModelError({
    code: "hdf5-filter",
    message: "An HDF5 array is stored through a filter that is not supported.",
    at: { path },
    received: `${JSON.stringify(unknown.name)} (number ${unknown.id})`,
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
    received:
      metadata.shape === null
        ? "an array without data"
        : `type class ${metadata.type} of ${metadata.size} bytes`,
  });
}

function simpleType(file: H5File, metadata: Metadata, path: string): StoredDType | undefined {
  const { H5T_class_t: c } = file.h5;
  const { type, size, signed } = metadata;
  const bits = 8 * size;
  if (type === c.H5T_INTEGER.value && [8, 16, 32, 64].includes(bits)) {
    return `${signed ? "int" : "uint"}${bits}` as StoredDType;
  }
  if (type === c.H5T_FLOAT.value)
    return size === 2 ? halfType(file) : bits === 32 ? "float32" : bits === 64 ? "float64" : undefined;
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

function holds(bytes: Uint8Array, fields: readonly number[]): boolean {
  for (let at = bytes.indexOf(16); at >= 0; at = bytes.indexOf(16, at + 1)) {
    if (fields.every((v, k) => bytes[at - 6 + k] === v)) return true;
  }
  return false;
}

/** How many bytes are read at once, so that a large array does not lie in the library's memory as a whole. */
const SLAB = 8 * 2 ** 20;

/** Reads the raw bytes (the library gives them little-endian) and turns them into numbers. */
export function arrayOf({ h5, id }: H5File, { path, metadata, dtype }: Described): StoredArray {
  const shape = metadata.shape ?? [];
  const [length = 1, ...rest] = shape;
  const bytes = new Uint8Array(declaredBytes(metadata));
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
    return { shape, dtype, data: ELEMENTS[dtype].read(bytes.buffer) };
  } finally {
    h5._free(at);
  }
}
