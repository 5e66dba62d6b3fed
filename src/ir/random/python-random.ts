import { internal } from "../../diagnostics.ts";

/** The part of Python's `random.Random` that Keras draws its own seeds from. */
export interface PythonRandom {
  /** An integer of `bits` random bits, 1 to 53. */
  getrandbits(bits: number): number;
  /** An integer from `low` to `high`, both included. */
  randint(low: number, high: number): number;
  /** A double in [0, 1). */
  random(): number;
}

const SIZE = 624;
const SHIFT = 397;

/** Knuth's multiplier sequence: the state that an array of words is then mixed into. */
function initial(seed: number): Uint32Array {
  const state = new Uint32Array(SIZE);
  state[0] = seed;
  for (let i = 1; i < SIZE; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  return state;
}

function seeded(key: readonly number[]): Uint32Array {
  const state = initial(19650218);
  let i = 1;
  const mix = (multiplier: number, add: number): void => {
    state[i] = (state[i] ^ Math.imul(state[i - 1] ^ (state[i - 1] >>> 30), multiplier)) + add;
    if (++i < SIZE) return;
    state[0] = state[SIZE - 1];
    i = 1;
  };
  for (let k = 0; k < Math.max(SIZE, key.length); k++) mix(1664525, key[k % key.length] + (k % key.length));
  for (let k = 1; k < SIZE; k++) mix(1566083941, -i);
  state[0] = 0x80000000;
  return state;
}

/** 32-bit digits of |n|, lowest first. */
function digits(n: number | bigint): number[] {
  let rest = BigInt(n) < 0n ? -BigInt(n) : BigInt(n);
  const out: number[] = [];
  do out.push(Number(rest & 0xffffffffn));
  while ((rest >>= 32n) > 0n);
  return out;
}

/** The Mersenne Twister's stream of words. */
function twister(state: Uint32Array): () => number {
  let at = SIZE;
  const refill = (): void => {
    for (let i = 0; i < SIZE; i++) {
      const y = (state[i] & 0x80000000) | (state[(i + 1) % SIZE] & 0x7fffffff);
      state[i] = state[(i + SHIFT) % SIZE] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    at = 0;
  };
  return () => {
    if (at === SIZE) refill();
    let y = state[at++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

/** Python's generator after `random.seed(seed)`, `seed` an integer of any size. */
export function pythonRandom(seed: number | bigint): PythonRandom {
  const word = twister(seeded(digits(seed)));
  const getrandbits = (bits: number): number => {
    if (!(bits >= 1 && bits <= 53)) throw internal(`getrandbits(${bits})`);
    if (bits <= 32) return word() >>> (32 - bits);
    const low = word();
    return (word() >>> (64 - bits)) * 2 ** 32 + low;
  };
  const below = (n: number): number => {
    const bits = n.toString(2).length;
    let r = getrandbits(bits);
    while (r >= n) r = getrandbits(bits);
    return r;
  };
  return {
    getrandbits,
    randint: (low, high) => low + below(high - low + 1),
    random: () => ((word() >>> 5) * 67108864 + (word() >>> 6)) / 2 ** 53,
  };
}
