import { defineFunction, type Code, type Func, type Value } from "./code.ts";
import {
  abs,
  add,
  addInt,
  and,
  apply,
  constant,
  div,
  equal,
  get,
  greater,
  int,
  int4,
  less,
  mac,
  mul,
  neg,
  nmac,
  or,
  pmax,
  pmin,
  scoped,
  select,
  shuffle,
  sub,
  subInt,
  toFloat,
  unequal,
  without,
} from "./values.ts";

/*
 * Functions of four floats at once. Polynomials are near-minimax fits, their errors stand at each function and are
 * tested. No `min`, `max`, `nearest` or `trunc_sat`: each is many machine instructions in today's engines.
 */

/** (e^r − 1 − r) / r² for |r| ≤ ln2 / 2, lowest power first. */
const EXP = [0.5, 0.166665435, 0.0416662842, 0.00836657174, 0.0013946424];
/** (log(1 + f) − f) / f² for 1 + f within a factor √2 of 1. */
const LOG = [
  -0.499999821, 0.333339304, -0.250025809, 0.199635327, -0.165518612, 0.148832098, -0.144263476, 0.0898024514,
];
/** −log(1 − erf(x)) / x for 0 ≤ x ≤ 4. */
const ERF = [
  1.12837923, 0.636616468, 0.102814414, -0.0193217155, 0.00020571347, 0.001251749, -0.000381001679,
  0.0000407080952,
];
/** ln 2 in two parts, the first with few bits so that its multiples are exact. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.1219444e-4;
/** Added to a small float, it leaves the nearest whole number in the low bits. */
const ROUND = 12582912;
/** Bits of √½ rounded up, of 1, of ½, and of a float's fraction. */
const SQRT_HALF_BITS = 0x3f3504f3;
const ONE_BITS = 0x3f800000;
const HALF_BITS = 0x3f000000;
const FRACTION_BITS = 0x007fffff;

function polynomial(coefficients: readonly number[], x: Value): Value {
  return coefficients.map(constant).reduceRight((sum, coefficient) => mac(sum, x, coefficient));
}

/** x = n·ln2 + r: r, and a float with n in its low bits. */
function reduce(code: Code, x: Value): { readonly r: Value; readonly n: Value } {
  const n = code.keep(mac(x, constant(Math.LOG2E), constant(ROUND)), "n");
  const whole = code.keep(sub(n, constant(ROUND)), "whole");
  const high = code.keep(nmac(whole, constant(LN2_HIGH), x), "high");
  return { r: code.keep(nmac(whole, constant(LN2_LOW), high), "r"), n };
}

/** 2^n, or 2^(n−1) with the bits of ½. */
const powerOfTwo = (n: Value, oneBits: number): Value =>
  addInt(apply("i32x4.shl", n, int(23)), int4(oneBits));
const clamp = (x: Value, low: number, high: number): Value => pmin(pmax(x, constant(low)), constant(high));

/** e^x, that of −87 below −87: 1.3 ulp; ∞ above 88.73. */
const boundedExp = (x: Value): Value =>
  scoped((code) => {
    const { r, n } = reduce(code, code.keep(clamp(x, -87, 89), "clamped"));
    const power = code.keep(mac(mul(r, r), polynomial(EXP, r), add(r, constant(1))), "power");
    // Twice the power times half the scale: reaches 2^128 without leaving the exponent's field.
    return mul(add(power, power), powerOfTwo(n, HALF_BITS));
  });

/** e^x: 1.3 ulp; 0 where the result is below 1.66e-38 (denormal results are flushed), ∞ above 88.73. */
export const exp = (x: Value): Value =>
  scoped((code) => {
    const given = code.keep(x, "x");
    return without(boundedExp(given), less(given, constant(-86.98966)));
  });

/** 1 / (1 + e^−x). */
export const sigmoid = (x: Value): Value => div(constant(1), add(constant(1), boundedExp(neg(x))));

/** e^x − 1, accurate at 0, for |x| ≤ 87. */
const expm1 = (x: Value): Value =>
  scoped((code) => {
    const { r, n } = reduce(code, code.keep(x, "x"));
    const less1 = code.keep(mac(mul(r, r), polynomial(EXP, r), r), "power");
    const scale = code.keep(powerOfTwo(n, ONE_BITS), "scale");
    return mac(less1, scale, sub(scale, constant(1)));
  });

/** Natural logarithm: 1.2 ulp, denormals included; −∞ at 0, NaN below. */
export const log = (x: Value): Value =>
  scoped((code) => {
    const given = code.keep(x, "x");
    const tiny = code.keep(less(given, constant(1.17549435e-38)), "tiny");
    const normal = code.keep(select(tiny, mul(given, constant(2 ** 23)), given), "normal");
    const bits = code.keep(subInt(normal, int4(SQRT_HALF_BITS)), "bits");
    const exponent = toFloat(apply("i32x4.shr_s", bits, int(23)));
    const e = code.keep(sub(exponent, and(tiny, constant(23))), "e");
    const f = code.keep(sub(addInt(and(bits, int4(FRACTION_BITS)), int4(SQRT_HALF_BITS)), constant(1)), "f");
    const small = mac(e, constant(LN2_LOW), mul(mul(f, f), polynomial(LOG, f)));
    const y = mac(e, constant(LN2_HIGH), add(f, small));
    const outside = select(equal(given, constant(0)), constant(-Infinity), constant(NaN));
    const right = select(greater(given, constant(0)), y, outside);
    return select(equal(given, constant(Infinity)), given, right);
  });

/** Hyperbolic tangent: 2.5 ulp; exactly ±1 beyond ±10. */
export const tanh = (x: Value): Value =>
  scoped((code) => {
    const given = code.keep(x, "x");
    const y = code.keep(expm1(clamp(add(given, given), -20, 20)), "expm1");
    return div(y, add(y, constant(2)));
  });

/** Error function: 2.6 ulp; exactly ±1 beyond ±4. */
export const erf = (x: Value): Value =>
  scoped((code) => {
    const given = code.keep(x, "x");
    const size = code.keep(pmin(abs(given), constant(4)), "size");
    const y = code.keep(neg(expm1(neg(mul(size, polynomial(ERF, size))))), "y");
    return select(constant(-0), given, y);
  });

const isNaN4 = (x: Value): Value => unequal(x, x);

/** The larger; NaN where either is NaN (a mask of ones is a NaN). */
export const max = (x: Value, y: Value): Value =>
  scoped((code) => {
    x(code);
    const other = code.keep(y, "y");
    return or(apply("f32x4.pmax", other), isNaN4(other));
  });
/** The smaller; NaN where either is NaN. */
export const min = (x: Value, y: Value): Value =>
  scoped((code) => {
    x(code);
    const other = code.keep(y, "y");
    return or(apply("f32x4.pmin", other), isNaN4(other));
  });

/** Folds the four lanes; the result stands in all. */
export const across = (fold: (x: Value, y: Value) => Value, x: Value): Value =>
  scoped((code) => {
    const all = code.keep(x, "all");
    const pairs = code.keep(fold(all, shuffle(all, all, 2, 3, 0, 1)), "pairs");
    return fold(pairs, shuffle(pairs, pairs, 1, 0, 3, 2));
  });

/** Lanes (a0 + a1, a2 + a3, b0 + b1, b2 + b3). */
const addPairs = (a: Value, b: Value): Value =>
  scoped((code) => {
    const [x, y] = [code.keep(a, "a"), code.keep(b, "b")];
    return add(shuffle(x, y, 0, 2, 4, 6), shuffle(x, y, 1, 3, 5, 7));
  });
/** Lane i is the sum of the lanes of xs[i]. */
export const sums = (xs: readonly [Value, Value, Value, Value]): Value =>
  addPairs(addPairs(xs[0], xs[1]), addPairs(xs[2], xs[3]));

/** x to the whole-numbered power y, by repeated squaring in doubles. */
const power: Func = defineFunction("powi", { x: "f32", y: "f32" }, ["f32"], { fma: false }, (code, x, y) => {
  const [base, result, left] = [
    code.local("f64", "base"),
    code.local("f64", "result"),
    code.local("i32", "left"),
  ];
  const one: Value = () => code.op("f64.const", 1);
  code.set(base, apply("f64.promote_f32", get(x)));
  code.set(result, one);
  code.set(left, apply("i32.trunc_sat_f32_u", apply("f32.abs", get(y))));
  code.block("loop", "bits", () => {
    apply("i32.and", get(left), int(1))(code);
    code.block("if", "odd", () => code.set(result, apply("f64.mul", get(result), get(base))));
    code.set(base, apply("f64.mul", get(base), get(base)));
    apply("i32.shr_u", get(left), int(1))(code);
    code.op("local.tee", left);
    code.op("br_if", 0);
  });
  apply("f32.lt", get(y), () => code.op("f32.const", 0))(code);
  code.block("if", "negative", () => code.set(result, apply("f64.div", one, get(result))));
  apply("f32.demote_f64", get(result))(code);
});

/** x to the whole-numbered power y, lane by lane: rounded once from doubles. */
export const powi = (x: Value, y: Value): Value =>
  scoped((code) => {
    const [base, exponent] = [code.keep(x, "x"), code.keep(y, "y")];
    const lane = (of: Value, k: number): void => {
      of(code);
      code.op("f32x4.extract_lane", k);
    };
    return () => {
      code.constant(0)(code);
      for (let k = 0; k < 4; k++) {
        lane(base, k);
        lane(exponent, k);
        code.op("call", power);
        code.op("f32x4.replace_lane", k);
      }
    };
  });
