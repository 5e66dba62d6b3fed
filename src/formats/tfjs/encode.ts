import type { NamedArray } from "../stored-array.ts";

/** As `tensorflowjs_converter` cuts them. */
const SHARD_BYTES = 4 * 2 ** 20;

/** A float32 or int32 array; `group` tells the optimizer's variables from the model's weights. */
export interface Weight extends NamedArray {
  readonly group?: "optimizer";
}

/** The shards of some weights by file name, and the manifest that lists them. */
export function encodeWeights(weights: readonly Weight[]): {
  readonly manifest: readonly object[];
  readonly shards: ReadonlyMap<string, Uint8Array>;
} {
  const bytes = joined(weights);
  const count = Math.max(1, Math.ceil(bytes.length / SHARD_BYTES));
  const names = Array.from({ length: count }, (_, k) => `group1-shard${k + 1}of${count}.bin`);
  const piece = (k: number): Uint8Array => bytes.subarray(k * SHARD_BYTES, (k + 1) * SHARD_BYTES);
  const entries = weights.map(({ name, shape, dtype, group }) => ({
    name,
    shape,
    dtype,
    ...(group && { group }),
  }));
  return {
    manifest: [{ paths: names, weights: entries }],
    shards: new Map(names.map((name, k) => [name, piece(k)])),
  };
}

function joined(weights: readonly Weight[]): Uint8Array {
  const bytes = new Uint8Array(weights.reduce((sum, { data }) => sum + data.byteLength, 0));
  let at = 0;
  for (const { data } of weights) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}
