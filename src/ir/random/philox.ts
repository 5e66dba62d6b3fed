/**
 * Philox 4×32-10, the counter-based generator of TensorFlow: block i of a stream depends on the key and on i alone.
 * A stream here has the low 64 bits of its counter for the block number and two words of its own above them.
 */
export interface Stream {
  readonly key: readonly [number, number];
  readonly counter: readonly [number, number];
}

const WORD = 2 ** 32;
const M0 = 0xd2511f53;
const M2 = 0xcd9e8d57;

/** High 32 bits of a product of two unsigned words, from the products of their halves. */
function high(x: number, multiplier: number): number {
  const upper = x >>> 16;
  const lower = x & 0xffff;
  const mixed = Math.imul(upper, multiplier & 0xffff);
  const other = Math.imul(lower, multiplier >>> 16);
  const carried = (Math.imul(lower, multiplier & 0xffff) >>> 16) + (mixed & 0xffff) + (other & 0xffff);
  return (Math.imul(upper, multiplier >>> 16) + (mixed >>> 16) + (other >>> 16) + (carried >>> 16)) | 0;
}

/** The four words of one block, written to `out` from position `at`; words past its end are dropped. */
export function block(stream: Stream, number: number, out: Uint32Array, at: number): void {
  let k0 = stream.key[0] | 0;
  let k1 = stream.key[1] | 0;
  let c0 = number | 0;
  let c1 = (number / WORD) | 0;
  let c2 = stream.counter[0] | 0;
  let c3 = stream.counter[1] | 0;
  for (let round = 0; round < 10; round++) {
    const low0 = Math.imul(c0, M0);
    const low2 = Math.imul(c2, M2);
    const high0 = high(c0, M0);
    const high2 = high(c2, M2);
    c0 = high2 ^ c1 ^ k0;
    c1 = low2;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  out[at] = c0;
  out[at + 1] = c1;
  out[at + 2] = c2;
  out[at + 3] = c3;
}

/** The first `count` words of a stream. */
export function words(stream: Stream, count: number): Uint32Array {
  const out = new Uint32Array(count);
  for (let i = 0, number = 0; i < count; i += 4) block(stream, number++, out, i);
  return out;
}
