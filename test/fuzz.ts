import { loadModel, ModelError } from "../src/node/index.ts";
import { meter } from "./cost.ts";

/** What a damaged file did: it was refused by a typed error, or read; all else is a fault. */
export interface Outcome {
  readonly kind: "refused" | "same" | "other" | "untyped";
  readonly code?: string;
  readonly ms: number;
}

export type Opens = (bytes: Uint8Array) => Promise<readonly Float32Array[]>;

/** The weights that a file gives. */
export const weightsOf: Opens = async (bytes) =>
  (await loadModel(bytes)).weights.map(({ data }) => data.slice());

export async function outcome(
  bytes: Uint8Array,
  opens: Opens,
  whole: readonly Float32Array[],
): Promise<Outcome> {
  const taken = meter();
  const done = (kind: Outcome["kind"], code?: string): Outcome => ({
    ...{ kind, ms: taken().ms },
    ...(code !== undefined && { code }),
  });
  try {
    const found = await opens(bytes);
    return done(equal(found, whole) ? "same" : "other");
  } catch (error) {
    return error instanceof ModelError ? done("refused", error.code) : done("untyped", String(error));
  }
}

const equal = (a: readonly Float32Array[], b: readonly Float32Array[]): boolean =>
  a.length === b.length && a.every((data, k) => Buffer.compare(bytesOf(data), bytesOf(b[k])) === 0);
const bytesOf = (data: Float32Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** A small generator: the same seed gives the same damage for ever. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** `count` copies of a file with one byte changed, then what is left of it at each of `cuts` places. */
export function* damaged(
  bytes: Uint8Array,
  count: number,
  cuts: number,
  seed: number,
): Generator<readonly [string, Uint8Array]> {
  const next = numbers(seed);
  for (let k = 0; k < count; k++) {
    const at = Math.floor(next() * bytes.length);
    const xor = 1 + Math.floor(next() * 255);
    yield [`byte ${at} xor ${xor}`, bytes.with(at, bytes[at] ^ xor)];
  }
  for (let k = 0; k < cuts; k++)
    yield [`${k}/${cuts}`, bytes.subarray(0, Math.floor((bytes.length * k) / cuts))];
}
