import { setFlagsFromString } from "node:v8";
import { describe, expect, it } from "vitest";
import { defineFunction, type Func, type Value } from "../src/codegen/wasm/code.ts";
import * as math from "../src/codegen/wasm/math.ts";
import { encode } from "../src/codegen/wasm/module.ts";
import { erf } from "../src/ir/ops.ts";
import { at, buffer, instantiate, instantiatePlan, num, plan, store } from "./wasm/make.ts";

// Fused multiply-add stands behind a flag in Node 20 and is there without one from Node 22 on.
if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");

const count = 16384;

/** Calls a function on vectors: out[i] = f(x[i], y[i]). */
function compile(
  f: (x: Value, y: Value) => Value,
  fma: boolean,
): (x: Float32Array, y?: Float32Array) => Float32Array {
  const func: Func = defineFunction("f", { at: "i32", left: "i32" }, [], { fma }, (code, at, left) => {
    const load =
      (offset: number): Value =>
      (c) => (c.get(at)(c), c.op("v128.load", offset));
    code.countdown(left, "all", () => {
      code.get(at)(code);
      f(load(0), load(4 * count))(code);
      code.op("v128.store", 8 * count);
      code.increase(at, 16);
    });
  });
  const { memory, exports } = instantiate(encode({ pages: 1, functions: [func] }), 3 * count);
  return (x, y = new Float32Array(x.length)) => {
    memory.set(x, 0);
    memory.set(y, count);
    exports.f(0, Math.ceil(x.length / 4));
    return memory.slice(2 * count, 2 * count + x.length);
  };
}

/** Distance between neighbouring floats at a value, that of the smallest normal number below it. */
const ulp = (x: number): number => 2 ** (Math.max(-126, Math.floor(Math.log2(Math.abs(x)))) - 23);

function worst(
  f: (x: Float32Array) => Float32Array,
  reference: (x: number) => number,
  inputs: Float32Array,
): number {
  const got = f(inputs);
  const error = (i: number): number => Math.abs(got[i] - reference(inputs[i])) / ulp(reference(inputs[i]));
  return inputs.reduce((most, _, i) => (error(i) <= most ? most : error(i)), 0);
}

const even = (low: number, high: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => low + ((i + 0.5) / count) * (high - low));
/** Every exponent from denormal to the largest, in turn. */
const positive = Float32Array.from(
  { length: count },
  (_, i) => (1 + ((i * 7919) % 1024) / 1024) * 2 ** ((i % 272) - 145),
);
const small = positive.filter((x) => x < 0.5).map((x, i) => (i % 2 ? x : -x));

describe.each([false, true])("with fused multiply-add: %s", (fma) => {
  it.each<[string, (x: Value) => Value, (x: number) => number, Float32Array[], number]>([
    ["exp", math.exp, Math.exp, [even(-86.98, 88.72), even(-1, 1), small], 1.4],
    ["log", math.log, Math.log, [even(0.5, 2), even(0, 100), positive.filter((x) => x < 3.4e38)], 1.3],
    ["tanh", math.tanh, Math.tanh, [even(-12, 12), even(-0.5, 0.5), small], 2.6],
    ["erf", math.erf, erf, [even(-4.5, 4.5), even(-0.5, 0.5), small], 2.8],
  ])("%s stays within its error", (_, f, reference, ranges, limit) => {
    const run = compile(f, fma);
    for (const inputs of ranges) expect(worst(run, reference, inputs)).toBeLessThan(limit);
  });

  it.each<[string, (x: Value) => Value, readonly (readonly [number, number])[]]>([
    [
      "exp",
      math.exp,
      [
        [NaN, NaN],
        [Infinity, Infinity],
        [-Infinity, 0],
        [0, 1],
        [-0, 1],
        [1e-40, 1],
        [89, Infinity],
        [1e30, Infinity],
        [-87.4, 0],
        [-104, 0],
        [-1e30, 0],
      ],
    ],
    [
      "log",
      math.log,
      [
        [NaN, NaN],
        [Infinity, Infinity],
        [-Infinity, NaN],
        [0, -Infinity],
        [-0, -Infinity],
        [1, 0],
        [-1, NaN],
        [-1e-40, NaN],
      ],
    ],
    [
      "tanh",
      math.tanh,
      [
        [NaN, NaN],
        [Infinity, 1],
        [-Infinity, -1],
        [0, 0],
        [1e30, 1],
        [-30, -1],
        [1e-40, 1e-40],
      ],
    ],
    [
      "erf",
      math.erf,
      [
        [NaN, NaN],
        [Infinity, 1],
        [-Infinity, -1],
        [0, 0],
        [-0, -0],
        [5, 1],
        [-1e30, -1],
      ],
    ],
  ])("%s of special values", (_, f, cases) => {
    const got = compile(f, fma)(Float32Array.from(cases, ([x]) => x));
    expect([...got]).toEqual(cases.map(([, y]) => Math.fround(y)));
  });
});

it("a mac in a kernel is rounded once with fused multiply-add, twice without", () => {
  const [x, y] = [buffer("x", 4), buffer("y", 4)];
  const factor = num(1 + 2 ** -12);
  const mac = plan([x, y], [store(y, at(0), { kind: "mac", x: factor, y: factor, z: num(-1 - 2 ** -11) })]);
  const result = (fma: boolean): number => {
    const { memory, exports } = instantiatePlan(mac, fma);
    exports.run(1);
    return memory[4];
  };
  expect([result(true), result(false)]).toEqual([2 ** -24, 0]);
});

describe("whole-numbered powers", () => {
  const run = compile(math.powi, false);
  it("are rounded once, from doubles", () => {
    const cases = [0.9, -1.5, 2, 0.999, 1e-3, -7].flatMap((x) =>
      [0, 1, 2, 3, 7, 10, -1, -2, -5, 100, 1000].map((y) => [x, y]),
    );
    const got = run(
      Float32Array.from(cases, ([x]) => x),
      Float32Array.from(cases, ([, y]) => y),
    );
    cases.forEach(([x, y], i) => {
      const want = Math.fround(Math.fround(x) ** y);
      expect(
        Math.abs(got[i] - want) <= ulp(want) || got[i] === want,
        `${x} ** ${y}: ${got[i]}, ${want}`,
      ).toBe(true);
    });
  });
  it("serve for the bias correction of Adam after many steps", () => {
    const steps = Float32Array.of(1, 10, 1000, 100000);
    const got = run(new Float32Array(4).fill(0.999), steps);
    steps.forEach((t, i) => expect(got[i]).toBe(Math.fround(Math.fround(0.999) ** t)));
  });
  it("of special values", () => {
    expect([...run(Float32Array.of(0, 0, NaN, Infinity), Float32Array.of(0, -1, 0, -2))]).toEqual([
      1,
      Infinity,
      1,
      0,
    ]);
  });
});

describe("folds", () => {
  it("give NaN where any lane is NaN", () => {
    const run = compile((x) => math.across(math.max, x), false);
    for (let lane = 0; lane < 4; lane++) {
      const x = Float32Array.of(1, 2, 3, 4);
      x[lane] = NaN;
      expect([...run(x)]).toEqual([NaN, NaN, NaN, NaN]);
    }
    expect([...run(Float32Array.of(-4, -1, -3, -2))]).toEqual([-1, -1, -1, -1]);
  });
});
