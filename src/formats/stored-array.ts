/** Element types that occur in model files. */
export type StoredDType =
  | "float16"
  | "bfloat16"
  | "float32"
  | "float64"
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "bool";

export type StoredData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** An array as a file holds it, row-major. The two half types are widened to float32, which is exact. */
export interface StoredArray {
  readonly shape: readonly number[];
  readonly dtype: StoredDType;
  readonly data: StoredData;
}

/** A stored array with the name that the file gives it. */
export interface NamedArray extends StoredArray {
  readonly name: string;
}

type Reader = (bytes: ArrayBuffer) => StoredData;

/** How little-endian bytes become numbers. */
export const ELEMENTS: Readonly<Record<StoredDType, { readonly size: number; readonly read: Reader }>> = {
  float16: { size: 2, read: (b) => Float32Array.from(new Uint16Array(b), halfToFloat) },
  bfloat16: {
    size: 2,
    read: (b) => new Float32Array(Uint32Array.from(new Uint16Array(b), (v) => v << 16).buffer),
  },
  float32: { size: 4, read: (b) => new Float32Array(b) },
  float64: { size: 8, read: (b) => new Float64Array(b) },
  int8: { size: 1, read: (b) => new Int8Array(b) },
  uint8: { size: 1, read: (b) => new Uint8Array(b) },
  int16: { size: 2, read: (b) => new Int16Array(b) },
  uint16: { size: 2, read: (b) => new Uint16Array(b) },
  int32: { size: 4, read: (b) => new Int32Array(b) },
  uint32: { size: 4, read: (b) => new Uint32Array(b) },
  int64: { size: 8, read: (b) => new BigInt64Array(b) },
  uint64: { size: 8, read: (b) => new BigUint64Array(b) },
  bool: { size: 1, read: (b) => new Uint8Array(b) },
};

/** IEEE half precision, given as its 16 bits. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 25) * (1024 + fraction) : 2 ** -24 * fraction);
}

/** The numbers of an array as float32, rounded where the stored type is finer. */
export const toFloat32 = (array: StoredArray): Float32Array =>
  array.data instanceof Float32Array
    ? array.data
    : Float32Array.from(array.data as Iterable<number | bigint>, Number);
