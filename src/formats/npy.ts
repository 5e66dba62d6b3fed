import { ModelError } from "../diagnostics.ts";
import { numel, type Tensor } from "../ir/tensor.ts";
import { DEFAULT_LIMITS, withinLimit, type Limits } from "../diagnostics/limits.ts";
import { swapBytes, toTensor } from "./numbers.ts";
import { ELEMENTS, type StoredData, type StoredDType } from "./stored-array.ts";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** numpy's letters: kind and bytes an element. */
const KINDS: Readonly<Record<string, StoredDType>> = {
  b1: "bool",
  f2: "float16",
  f4: "float32",
  f8: "float64",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
};

interface Header {
  readonly dtype: StoredDType;
  readonly big: boolean;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Where the data begins. */
  readonly start: number;
}

/**
 * A `.npy` file (versions 1 to 3, C or Fortran order). float64 is rounded to float32, whole numbers become int32
 * and are refused where they do not fit; texts and Python objects are refused.
 */
export function readNpy(bytes: Uint8Array, name = "the .npy file", limits: Limits = DEFAULT_LIMITS): Tensor {
  const { dtype, big, fortran, shape, start } = readHeader(bytes, name);
  withinLimit(limits, "rank", shape.length, "The rank of an array", { path: name });
  const { size, read } = ELEMENTS[dtype];
  const expected = numel(shape) * size;
  if (bytes.length - start !== expected) throw wrongLength(name, shape, expected, bytes.length - start);
  // a Node Buffer's own slice would be a view of its pool
  const raw = new Uint8Array(bytes.subarray(start));
  if (big) swapBytes(raw, size);
  const data = read(raw.buffer as ArrayBuffer);
  return toTensor({ shape, dtype, data: fortran ? rowMajor(data, shape) : data }, name);
}

function readHeader(bytes: Uint8Array, name: string): Header {
  if (!MAGIC.every((b, i) => bytes[i] === b)) throw bad(name, "it does not begin as a .npy file does");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  if (!(version >= 1 && version <= 3) || bytes.length < 12)
    throw bad(name, "its version is unknown or it is cut off");
  const [at, length] = version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (at + length > bytes.length) throw bad(name, "its header is cut off");
  const text = new TextDecoder().decode(bytes.subarray(at, at + length));
  const descr = /'descr':\s*('([^']*)'|\[)/.exec(text);
  const order = /'fortran_order':\s*(True|False)/.exec(text);
  const shape = /'shape':\s*\(([\d,\sL]*)\)/.exec(text);
  if (!descr || !order || !shape) throw bad(name, "its header is not one that numpy writes");
  const dims = shape[1]
    .split(",")
    .map((d) => d.trim())
    .filter((d) => d !== "")
    .map((d) => parseInt(d, 10));
  const type = descr[2] ?? "a record";
  const dtype = Object.hasOwn(KINDS, type.slice(1)) ? KINDS[type.slice(1)] : undefined;
  if (!dtype) throw wrongType(name, type);
  return { dtype, big: type.startsWith(">"), fortran: order[1] === "True", shape: dims, start: at + length };
}

/** Fortran order: the first index runs fastest. */
function rowMajor(data: StoredData, shape: readonly number[]): StoredData {
  const result = data.slice() as StoredData;
  const index = shape.map(() => 0);
  const steps = shape.map((_, k) => numel(shape.slice(0, k)));
  for (let i = 0; i < data.length; i++) {
    result[i] = data[index.reduce((sum, n, k) => sum + n * steps[k], 0)];
    for (let k = shape.length - 1; k >= 0 && ++index[k] === shape[k]; k--) index[k] = 0;
  }
  return result;
}

const bad = (name: string, why: string): ModelError =>
  new ModelError({ code: "npy-corrupt", message: `The array cannot be read: ${why}.`, at: { path: name } });

const wrongLength = (
  name: string,
  shape: readonly number[],
  expected: number,
  received: number,
): ModelError =>
  new ModelError({
    code: "npy-length",
    message: "The array is cut off or has bytes after its end.",
    at: { path: name },
    expected: `${expected} bytes for shape (${shape.join(", ")})`,
    received: `${received} bytes`,
  });

const wrongType = (name: string, type: string): ModelError =>
  new ModelError({
    code: "npy-type",
    message: type.includes("O")
      ? "The array holds Python objects, which are never read."
      : "The array is not of numbers.",
    at: { path: name },
    expected: "float, int, uint or bool",
    received: type,
  });

/** numpy's letters for what a tensor holds. */
const LETTERS: Readonly<Record<string, string>> = { float32: "<f4", int32: "<i4", uint8: "|u1", bool: "|b1" };

/** The bytes of a `.npy` file, version 1, as numpy writes it. Texts are refused. */
export function writeNpy({ shape, dtype, data }: Tensor): Uint8Array {
  if (Array.isArray(data)) throw wrongType("the tensor", dtype);
  const dims = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const header = `{'descr': '${LETTERS[dtype]}', 'fortran_order': False, 'shape': ${dims}, }`;
  const length = Math.ceil((header.length + 11) / 64) * 64 - 10;
  const bytes = new Uint8Array(10 + length + data.byteLength);
  bytes.set([...MAGIC, 1, 0, length & 255, length >> 8]);
  bytes.set(new TextEncoder().encode(`${header.padEnd(length - 1)}\n`), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + length);
  return bytes;
}
