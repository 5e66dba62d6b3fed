import { words } from "./philox.ts";

/** TensorFlow takes its global seed modulo 2³¹ − 1. */
const MODULUS = 2147483647n;

/**
 * The order in which Keras's `fit` visits `n` samples after `keras.utils.set_random_seed(seed)`: the same in every
 * epoch. Element i is the sample that comes i-th.
 */
export function shuffledOrder(n: number, seed: number | bigint): Uint32Array {
  const key = Number(((BigInt(seed) % MODULUS) + MODULUS) % MODULUS);
  // The seed zero means "none" to TensorFlow, which puts the largest one in its place.
  const counter = [key === 0 ? 0x7fffffff : 0, 0] as const;
  const random = words({ key: [key, 0], counter }, n);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = 0; i < n - 1; i++) {
    const j = i + (random[i] % (n - i));
    const held = order[i];
    order[i] = order[j];
    order[j] = held;
  }
  return order;
}
