import { type Code, defineFunction, type Func, type Local, type Value } from "../wasm/code.ts";
import { add, addInt, and, apply, get, int, int4, lanes, mul, or, shuffle, sub } from "../wasm/values.ts";
import { KEY_STEPS, MULTIPLIERS, ROUNDS } from "./uniform.ts";

/*
 * What `uniform` draws, for initial weights: between two bounds, and four blocks of Philox at a time, a block a lane.
 */

const xor = (x: Value, y: Value): Value => apply("v128.xor", x, y);
/** Of four products of 64 bits, two in each vector, the lower or the upper halves. */
const [LOW, HIGH] = [
  [0, 2, 4, 6],
  [1, 3, 5, 7],
] as const;

function round(code: Code, c: readonly Local[], key: readonly Local[], products: readonly Local[]): void {
  const half = (i: number, of: readonly number[]): Value =>
    shuffle(get(products[2 * i]), get(products[2 * i + 1]), ...of);
  [0, 1].forEach((i) => {
    const by = int4(MULTIPLIERS[i]);
    code.set(products[2 * i], apply("i64x2.extmul_low_i32x4_u", get(c[2 * i]), by));
    code.set(products[2 * i + 1], apply("i64x2.extmul_high_i32x4_u", get(c[2 * i]), by));
  });
  code.set(c[0], xor(xor(half(1, HIGH), get(c[1])), get(key[0])));
  code.set(c[1], half(1, LOW));
  code.set(c[2], xor(xor(half(0, HIGH), get(c[3])), get(key[1])));
  code.set(c[3], half(0, LOW));
  key.forEach((k, i) => code.set(k, addInt(get(k), int4(KEY_STEPS[i]))));
}

/** The four words of each block side by side. */
function blocksOf([w0, w1, w2, w3]: readonly Value[]): readonly Value[] {
  const first = [0, 4, 1, 5];
  const last = [2, 6, 3, 7];
  return [first, last].flatMap((half) => {
    const [pairs, others] = [shuffle(w0, w1, ...half), shuffle(w2, w3, ...half)];
    return [shuffle(pairs, others, 0, 1, 4, 5), shuffle(pairs, others, 2, 3, 6, 7)];
  });
}

/** Runs the rounds of four blocks of a stream, and gives the words of each. */
function fourBlocks(code: Code, block: Value, [k0, k1, c2, c3]: readonly Value[]): readonly Value[] {
  const start = (name: string, values: readonly Value[]): Local[] =>
    values.map((value) => {
      const local = code.local("v128", name);
      code.set(local, value);
      return local;
    });
  const c = start("c", [block, int4(0), c2, c3]);
  const key = start("k", [k0, k1]);
  const products = [0, 1, 2, 3].map(() => code.local("v128", "p"));
  const rounds = code.local("i32", "rounds");
  code.set(rounds, int(ROUNDS));
  code.countdown(rounds, "round", () => round(code, c, key, products));
  return blocksOf(c.map(get));
}

/** Words' lowest 23 bits as floats in [0, 1). */
const units = (words: Value): Value =>
  sub(or(and(words, int4(0x7fffff)), int4(0x3f800000)), lanes("f32x4", 1, 1, 1, 1));

/**
 * Writes `left` numbers in [first, first + range) to `out`, and up to 15 more behind them, rounded as Keras rounds, from a
 * block of a stream on, which is given by its key and the upper half of its counter.
 */
export const drawBetween = (): Func =>
  defineFunction(
    "draw_between",
    {
      out: "i32",
      left: "i32",
      from: "i32",
      k0: "i32",
      k1: "i32",
      c2: "i32",
      c3: "i32",
      range: "f32",
      first: "f32",
    },
    [],
    { fma: false },
    (code, out, left, from, k0, k1, c2, c3, range, first) => {
      const held = (name: string, value: Value): Local => {
        const local = code.local("v128", name);
        code.set(local, value);
        return local;
      };
      const stream = [k0, k1, c2, c3].map((word) => get(held("word", apply("i32x4.splat", get(word)))));
      const [ranges, firsts] = [range, first].map((x) => get(held("bound", apply("f32x4.splat", get(x)))));
      const block = held("block", addInt(apply("i32x4.splat", get(from)), lanes("i32x4", 0, 1, 2, 3)));
      code.block("loop", "blocks", () => {
        fourBlocks(code, get(block), stream).forEach((words, i) => {
          get(out)(code);
          add(mul(units(words), ranges), firsts)(code);
          code.op("v128.store", 16 * i);
        });
        code.set(block, addInt(get(block), int4(4)));
        code.increase(out, 64);
        code.increase(left, -16);
        apply("i32.gt_s", get(left), int(0))(code);
        code.op("br_if", 0);
      });
    },
  );
