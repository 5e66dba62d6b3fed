import { defineFunction, type Code, type Func, type Local, type Value } from "../wasm/code.ts";
import { apply, get, int } from "../wasm/values.ts";
import type { Routine } from "./index.ts";

/*
 * Keras's stateless uniform draw. Philox 4×32-10 scrambles (seed, 0, count, 0) under a fixed key into the key of a
 * stream and the upper half of its counter; the stream's words become floats in [0, 1) by their lowest 23 bits.
 */

/** Philox's constants, also for those who run it otherwise. */
export const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57];
export const KEY_STEPS = [0x9e3779b9, 0xbb67ae85];
const SEED_KEY = [0x3ec8f720, 0x02461e29];
export const ROUNDS = 10;

const options = { fma: false } as const;

/** One round: both products are halved and crossed over. */
function round(code: Code, c: readonly Local[], key: readonly Local[], products: readonly Local[]): void {
  const wide = (x: Value): Value => apply("i64.extend_i32_u", x);
  const high = (p: Local): Value =>
    apply(
      "i32.wrap_i64",
      apply("i64.shr_u", get(p), () => code.op("i64.const", 32n)),
    );
  const low = (p: Local): Value => apply("i32.wrap_i64", get(p));
  const xor = (x: Value, y: Value): Value => apply("i32.xor", x, y);
  [0, 1].forEach((i) => {
    const by: Value = () => code.op("i64.const", BigInt(MULTIPLIERS[i]));
    code.set(products[i], apply("i64.mul", wide(get(c[2 * i])), by));
  });
  code.set(c[0], xor(xor(high(products[1]), get(c[1])), get(key[0])));
  code.set(c[1], low(products[1]));
  code.set(c[2], xor(xor(high(products[0]), get(c[3])), get(key[1])));
  code.set(c[3], low(products[0]));
  key.forEach((k, i) => code.increase(k, KEY_STEPS[i]));
}

/** Counter and key to four words. */
const philox: Func = defineFunction(
  "philox",
  { c0: "i32", c1: "i32", c2: "i32", c3: "i32", k0: "i32", k1: "i32" },
  ["i32", "i32", "i32", "i32"],
  options,
  (code, c0, c1, c2, c3, k0, k1) => {
    const products = [code.local("i64", "p0"), code.local("i64", "p1")];
    const left = code.local("i32", "left");
    code.set(left, int(ROUNDS));
    code.countdown(left, "round", () => round(code, [c0, c1, c2, c3], [k0, k1], products));
    for (const c of [c0, c1, c2, c3]) get(c)(code);
  },
);

/** A word's lowest 23 bits as a float in [0, 1). */
const unit = (word: Local): Value => {
  const bits = apply("i32.or", apply("i32.and", get(word), int(0x7fffff)), int(0x3f800000));
  return (code) => apply("f32.sub", apply("f32.reinterpret_i32", bits), () => code.op("f32.const", 1))(code);
};

/** Stores up to four numbers, as many as are left. */
function storeBlock(code: Code, words: readonly Local[], out: Local, left: Local): void {
  words.forEach((word, k) => {
    apply("i32.gt_s", get(left), int(k))(code);
    code.block("if", `word.${k}`, () => {
      get(out)(code);
      unit(word)(code);
      code.op("f32.store", 4 * k);
    });
  });
}

const draw: Func = defineFunction(
  "uniform",
  { seed: "i32", out: "i32", left: "i32" },
  [],
  options,
  (code, seed, out, left) => {
    const i32 = (name: string): Local => code.local("i32", name);
    const scramble = (...args: readonly Value[]): void => {
      for (const arg of args) arg(code);
      code.op("call", philox);
    };
    /** Takes four results off the stack, the last on top. */
    const take = (locals: readonly Local[]): void =>
      [...locals].reverse().forEach((one) => code.op("local.set", one));
    const stream = ["k0", "k1", "c2", "c3"].map(i32);
    const words = ["w0", "w1", "w2", "w3"].map(i32);
    const block = i32("block");
    const word =
      (at: number): Value =>
      (c) => (get(seed)(c), c.op("i32.load", at));
    scramble(word(0), int(0), word(4), int(0), int(SEED_KEY[0]), int(SEED_KEY[1]));
    take(stream);
    get(seed)(code);
    apply("i32.add", word(4), int(1))(code);
    code.op("i32.store", 4);
    apply("i32.gt_s", get(left), int(0))(code);
    code.block("if", "any", () =>
      code.block("loop", "blocks", () => {
        const [k0, k1, c2, c3] = stream.map(get);
        scramble(get(block), int(0), c2, c3, k0, k1);
        take(words);
        storeBlock(code, words, out, left);
        code.increase(block, 1);
        code.increase(out, 16);
        code.increase(left, -4);
        apply("i32.gt_s", get(left), int(0))(code);
        code.op("br_if", 0);
      }),
    );
  },
);

const ts = `\
/** Uniform numbers in [0, 1) from a seed (two 32-bit words: seed, draws so far): Philox 4x32-10, as Keras draws them. */
function uniform(f: Float32Array, u: Uint32Array, seedAt: number, outAt: number, count: number): void {
  const highOf = (a: number, b: number): number => {
    const low = (a & 65535) * (b & 65535);
    const left = (a >>> 16) * (b & 65535) + (low >>> 16);
    const right = (a & 65535) * (b >>> 16) + (left & 65535);
    return (a >>> 16) * (b >>> 16) + Math.floor(left / 65536) + (right >>> 16);
  };
  const philox = (counter: readonly number[], key: readonly number[]): readonly number[] => {
    let [c0, c1, c2, c3] = counter;
    let [k0, k1] = key;
    for (let round = 0; round < 10; round++) {
      const high = highOf(c0, 0xd2511f53) ^ c3 ^ k1;
      const low = Math.imul(c0, 0xd2511f53);
      c0 = (highOf(c2, 0xcd9e8d57) ^ c1 ^ k0) >>> 0;
      c1 = Math.imul(c2, 0xcd9e8d57) >>> 0;
      c2 = high >>> 0;
      c3 = low >>> 0;
      k0 = (k0 + 0x9e3779b9) >>> 0;
      k1 = (k1 + 0xbb67ae85) >>> 0;
    }
    return [c0, c1, c2, c3];
  };
  const [k0, k1, c2, c3] = philox([u[seedAt], 0, u[seedAt + 1], 0], [0x3ec8f720, 0x02461e29]);
  u[seedAt + 1] += 1;
  for (let at = 0; at < count; at += 4) {
    const words = philox([at / 4, 0, c2, c3], [k0, k1]);
    for (let k = 0; k < 4 && at + k < count; k++) f[outAt + at + k] = (words[k] & 0x7fffff) / 0x800000;
  }
}
`;

export const uniform: Routine = { name: "uniform", wasm: draw, ts };
