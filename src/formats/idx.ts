import { ModelError } from "../diagnostics.ts";
import { numel, type Tensor } from "../ir/tensor.ts";
import { gunzip } from "./gzip.ts";
import { DEFAULT_LIMITS, withinLimit, type Limits } from "../diagnostics/limits.ts";
import { swapBytes, toTensor } from "./numbers.ts";
import { sniff } from "./sniff.ts";
import { ELEMENTS, type StoredDType } from "./stored-array.ts";

const TYPES = new Map<number, StoredDType>([
  [0x08, "uint8"],
  [0x09, "int8"],
  [0x0b, "int16"],
  [0x0c, "int32"],
  [0x0d, "float32"],
  [0x0e, "float64"],
]);

/** An IDX file (`train-images-idx3-ubyte`), gzipped or not: two zeros, a type, the rank, sizes, data; big-endian. */
export async function readIdx(
  bytes: Uint8Array,
  name = "the IDX file",
  limits: Limits = DEFAULT_LIMITS,
): Promise<Tensor> {
  withinLimit(limits, "file_bytes", bytes.length, "The size of the file", { path: name });
  const content = sniff(bytes) === "gzip" ? await gunzip(bytes, limits) : bytes;
  const dtype = content[0] === 0 && content[1] === 0 ? TYPES.get(content[2]) : undefined;
  const rank = content[3];
  const start = 4 + 4 * rank;
  if (!dtype || content.length < start) throw bad(name, "a header of an IDX file", "something else");
  withinLimit(limits, "rank", rank, "The rank of an array", { path: name });
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const shape = Array.from({ length: rank }, (_, k) => view.getUint32(4 + 4 * k));
  const { size, read } = ELEMENTS[dtype];
  const expected = numel(shape) * size;
  if (content.length - start !== expected) {
    throw bad(name, `${expected} bytes for shape (${shape.join(", ")})`, `${content.length - start} bytes`);
  }
  // a Node Buffer's own slice would be a view of its pool
  const raw = new Uint8Array(content.subarray(start));
  swapBytes(raw, size);
  return toTensor({ shape, dtype, data: read(raw.buffer as ArrayBuffer) }, name);
}

const bad = (name: string, expected: string, received: string): ModelError =>
  new ModelError({
    code: "idx-corrupt",
    message: "The IDX file is damaged or cut off.",
    at: { path: name },
    expected,
    received,
  });
