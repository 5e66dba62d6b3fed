import { block, type Stream, words } from "./philox.ts";

/** A seed and how often it was drawn from before. */
export type SeedPair = readonly [seed: number, count: number];

const f32 = Math.fround;

/** What Keras on TensorFlow makes of an integer seed before it draws: its remainder by 2³¹ − 2. */
export function seedWord(seed: number | bigint): number {
  const modulus = 2147483646n;
  return Number(((BigInt(seed) % modulus) + modulus) % modulus);
}

/** TensorFlow scrambles the pair once, so that neighbouring seeds give unrelated streams. */
export function streamOf([seed, count]: SeedPair): Stream {
  const m = new Uint32Array(4);
  block({ key: [0x3ec8f720, 0x02461e29], counter: [seedWord(count), 0] }, seedWord(seed), m, 0);
  return { key: [m[0], m[1]], counter: [m[2], m[3]] };
}

/** The 23 low bits of a word as a float32 in [0, 1). */
const unit = (word: number): number => (word & 0x7fffff) / 0x800000;

/** `count` float32 numbers in [0, 1): bit-equal to what Keras's stateless draws and Dropout masks come from. */
export function uniform(count: number, seed: SeedPair): Float32Array {
  const bits = words(streamOf(seed), count);
  const out = new Float32Array(bits.buffer); // each word gives way to its number
  for (let i = 0; i < count; i++) out[i] = unit(bits[i]);
  return out;
}

/** Draws `count` uniform numbers in [low, high). */
export type UniformBetween = (count: number, low: number, high: number, seed: SeedPair) => Float32Array;

/** `keras.random.uniform`, bit-equal: numbers in [low, high). */
export function uniformBetween(count: number, low: number, high: number, seed: SeedPair): Float32Array {
  const first = f32(low);
  const range = f32(f32(high) - first);
  const drawn = uniform(count, seed);
  for (let i = 0; i < count; i++) drawn[i] = f32(drawn[i] * range) + first;
  return drawn;
}

/** Box and Muller: words i and i+1 as two standard normal numbers, rounded at every step as float32 code rounds. */
function gauss(bits: Uint32Array, i: number): [number, number] {
  const u = Math.max(unit(bits[i]), f32(1e-7));
  const angle = f32(2 * Math.PI * unit(bits[i + 1]));
  const r = f32(Math.sqrt(f32(-2 * f32(Math.log(u)))));
  return [f32(f32(Math.sin(angle)) * r), f32(f32(Math.cos(angle)) * r)];
}

function scaled(z: Float32Array, mean: number, stddev: number): Float32Array {
  const [m, s] = [f32(mean), f32(stddev)];
  for (let i = 0; i < z.length; i++) z[i] = f32(z[i] * s) + m;
  return z;
}

/** `keras.random.normal`, equal but for the last bit of one number in sixty: C libraries round sin, cos and log otherwise. */
export function normal(count: number, mean: number, stddev: number, seed: SeedPair): Float32Array {
  const bits = words(streamOf(seed), Math.ceil(count / 2) * 2);
  const z = new Float32Array(count);
  for (let i = 0; i < count; i += 2) [z[i], z[i + 1]] = gauss(bits, i);
  return scaled(z, mean, stddev);
}

/** Blocks from the start of one group of four truncated numbers to the next: room for rejected ones. */
const GROUP_BLOCKS = 256;

/** `keras.random.truncated_normal`, as near as `normal`: numbers beyond two standard deviations are drawn anew. */
export function truncatedNormal(count: number, mean: number, stddev: number, seed: SeedPair): Float32Array {
  const stream = streamOf(seed);
  const bits = new Uint32Array(4);
  const z = new Float32Array(count);
  for (let group = 0; group * 4 < count; group++) {
    let at = group * 4;
    for (let number = group * GROUP_BLOCKS; at < group * 4 + 4; number++) {
      block(stream, number, bits, 0);
      for (const v of [...gauss(bits, 0), ...gauss(bits, 2)]) {
        if (Math.abs(v) < 2 && at < group * 4 + 4) z[at++] = v;
      }
    }
  }
  return scaled(z, mean, stddev);
}
