import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  normal,
  pythonRandom,
  type SeedPair,
  seedWord,
  shuffledOrder,
  truncatedNormal,
  uniform,
  uniformBetween,
} from "../src/runtime/random.ts";

interface Draw {
  readonly kind: string;
  readonly seed: number;
  readonly count: number;
  readonly args: readonly [number, number];
  readonly values?: readonly number[];
  readonly sha256?: string;
}
interface Keras {
  readonly draws: readonly Draw[];
  readonly masks: readonly { seed: number; rate: number; masks: string[] }[];
  readonly orders: readonly { n: number; seed: number; epochs: number[][] }[];
  readonly python: readonly {
    seed: string;
    seeds: number[];
    bits: [number, number][];
    small: number[];
    random: number[];
  }[];
  readonly model: readonly { shape: [number, number]; sha256: string }[];
}

const keras = JSON.parse(readFileSync("fixtures/random/draws.json", "utf8")) as Keras;
const sha256 = (x: Float32Array): string =>
  createHash("sha256").update(new Uint8Array(x.buffer)).digest("hex");

function worst(a: Float32Array, b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);
}
const seedOf = (seed: number, count = 0): SeedPair => [seed, count];

test("uniform numbers are Keras's bit for bit", () => {
  for (const { kind, seed, count, args, values, sha256: sum } of keras.draws) {
    if (kind !== "uniform") continue;
    const drawn = uniformBetween(count, ...args, seedOf(seed));
    if (values) expect([...drawn], `seed ${seed}`).toEqual(values);
    else expect(sha256(drawn)).toBe(sum);
  }
});

test("normal and truncated numbers are Keras's within their last bits", () => {
  for (const { kind, seed, count, args, values } of keras.draws) {
    if (kind === "uniform") continue;
    const draw = kind === "normal" ? normal : truncatedNormal;
    const error = worst(draw(count, ...args, seedOf(seed)), values!);
    expect(error, `${kind}, seed ${seed}`).toBeLessThan(2.5e-7 * args[1]);
  }
});

test("a shorter draw is the start of a longer one", () => {
  for (const draw of [normal, truncatedNormal]) {
    const long = draw(41, 0, 1, seedOf(5));
    for (const n of [0, 1, 2, 3, 5, 40]) expect(draw(n, 0, 1, seedOf(5))).toEqual(long.slice(0, n));
  }
});

test("Dropout keeps the units that Keras keeps, call after call", () => {
  for (const { seed, rate, masks } of keras.masks) {
    masks.forEach((mask, count) => {
      const kept = uniform(mask.length, seedOf(seed, count)).map((u) => (u >= Math.fround(rate) ? 1 : 0));
      expect([...kept].join("")).toBe(mask);
    });
  }
});

test("fit visits the samples in Keras's order, the same in every epoch", () => {
  for (const { n, seed, epochs } of keras.orders) {
    for (const epoch of epochs) expect([...shuffledOrder(n, seed)]).toEqual(epoch);
  }
  expect(shuffledOrder(0, 1)).toHaveLength(0);
  expect([...shuffledOrder(55_000, 42)].sort((a, b) => a - b).every((v, i) => v === i)).toBe(true);
});

test("Python's random module, seeded with integers of any size", () => {
  for (const { seed, seeds, bits, small, random } of keras.python) {
    const draw = pythonRandom(BigInt(seed));
    const drawn = Array.from({ length: 700 }, () => draw.randint(1, 10 ** 9));
    expect(drawn.slice(-20)).toEqual(seeds);
    expect(bits.map(([k]) => [k, draw.getrandbits(k)])).toEqual(bits);
    expect(small.map(() => draw.randint(-2, 5))).toEqual(small);
    expect(random.map(() => draw.random())).toEqual(random);
  }
  expect(pythonRandom(42).randint(1, 10 ** 9)).toBe(pythonRandom(42n).randint(1, 10 ** 9));
  expect(() => pythonRandom(1).getrandbits(54)).toThrow("internal");
});

test("a model built after set_random_seed starts from the same kernels", () => {
  const draw = pythonRandom(42);
  const seeds = [1, 2, 3].map(() => draw.randint(1, 10 ** 9));
  keras.model.forEach(({ shape: [rows, columns], sha256: sum }, i) => {
    const limit = Math.sqrt(6 / (rows + columns));
    expect(sha256(uniformBetween(rows * columns, -limit, limit, seedOf(seeds[i * 2])))).toBe(sum);
  });
});

test("integer seeds are taken modulo 2³¹ − 2, as Keras on TensorFlow takes them", () => {
  expect([0, 5, 2 ** 31 - 2, 2 ** 31 - 1, -1].map(seedWord)).toEqual([0, 5, 0, 1, 2 ** 31 - 3]);
});
