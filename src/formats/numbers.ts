import { ModelError } from "../diagnostics.ts";
import type { Tensor } from "../ir/tensor.ts";
import type { StoredArray } from "./stored-array.ts";

const INT32 = 2 ** 31;

/**
 * Data as a tensor: floats become float32 (rounded, as Keras does), whole numbers int32, bytes and truth values
 * stay. A number that does not fit is refused. `what` names the data in messages.
 */
export function toTensor({ shape, dtype, data }: StoredArray, what: string): Tensor {
  if (dtype === "uint8" || dtype === "bool")
    return { shape, dtype, data: new Uint8Array(data as Uint8Array) };
  if (data instanceof Float32Array) return { shape, dtype: "float32", data };
  if (data instanceof Float64Array) return { shape, dtype: "float32", data: narrowed(data, what) };
  if (data instanceof Int32Array) return { shape, dtype: "int32", data };
  return {
    shape,
    dtype: "int32",
    data: Int32Array.from(data as Iterable<number | bigint>, (v, i) => int32(v, i, what)),
  };
}

function narrowed(data: Float64Array, what: string): Float32Array {
  const result = Float32Array.from(data);
  const at = result.findIndex((v, i) => !Number.isFinite(v) && Number.isFinite(data[i]));
  if (at >= 0) throw outOfRange(data[at], at, "float32", what);
  return result;
}

function int32(value: number | bigint, at: number, what: string): number {
  const n = Number(value);
  if (n < -INT32 || n >= INT32) throw outOfRange(value, at, "int32", what);
  return n;
}

const outOfRange = (value: number | bigint, at: number, dtype: string, what: string): ModelError =>
  new ModelError({
    code: "data-range",
    message: `A number in ${what} does not fit into ${dtype}.`,
    at: { path: `element ${at}` },
    received: String(value),
  });

/** Bytes of `size`-byte numbers with their order reversed, in place. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}
