import { erf } from "../erf.ts";
import { sigmoid } from "../sigmoid.ts";
import type { Node } from "../graph.ts";
import { type NoAttrs, none, type Op, type Ops, same, type Value } from "./op.ts";

function unary(f: (x: number) => number, vjp: Op<NoAttrs>["vjp"], costly?: true): Op<NoAttrs> {
  return { shape: same, eval: ([x]) => x.data.map(f), vjp, elementwise: true, ...(costly && { costly }) };
}
function binary(f: (x: number, y: number) => number, vjp: Op<NoAttrs>["vjp"], costly?: true): Op<NoAttrs> {
  const zip = ([x, y]: readonly Value[]): Float64Array => x.data.map((v, i) => f(v, y.data[i]));
  return { shape: same, eval: zip, vjp, elementwise: true, ...(costly && { costly }) };
}

/** A number, repeated or not. */
const isNumber = (x: Node): boolean =>
  x.op === "const" || ((x.op === "expand" || x.op === "reshape") && isNumber(x.in[0]));

/** Each element of the result from the same element of every input. */
export const elementwise: Ops<
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "max"
  | "min"
  | "powi"
  | "greater"
  | "equal"
  | "neg"
  | "abs"
  | "floor"
  | "exp"
  | "log"
  | "sqrt"
  | "tanh"
  | "sigmoid"
  | "erf"
  | "where"
> = {
  add: binary(
    (x, y) => x + y,
    (_b, dy) => [dy, dy],
  ),
  sub: binary(
    (x, y) => x - y,
    (b, dy) => [dy, b.neg(dy)],
  ),
  mul: binary(
    (x, y) => x * y,
    (b, dy, [x, y]) => [b.mul(dy, y), b.mul(dy, x)],
  ),
  div: binary(
    (x, y) => x / y,
    (b, dy, [, y], z) => [b.div(dy, y), b.neg(b.div(b.mul(dy, z), y))],
  ),
  /**
   * NaN wins, as in TensorFlow; where both are equal the gradient goes to the first. The operands are compared anew: the
   * result, which lies in memory, only with a number, as an operand computed again may have other last bits.
   */
  max: binary(
    (x, y) => (x >= y || x !== x ? x : y),
    (b, dy, [x, y], z) => {
      const second = b.greater(isNumber(x) ? z : y, x);
      return [b.mul(dy, b.sub(1, second)), b.mul(dy, second)];
    },
  ),
  min: binary(
    (x, y) => (x <= y || x !== x ? x : y),
    (b, dy, [x, y], z) => {
      const second = b.greater(x, isNumber(x) ? z : y);
      return [b.mul(dy, b.sub(1, second)), b.mul(dy, second)];
    },
  ),
  /** x to a whole-numbered power. */
  powi: binary(
    (x, y) => x ** y,
    (b, dy, [x, y]) => [b.mul(dy, b.mul(y, b.powi(x, b.sub(y, 1)))), undefined],
    true,
  ),
  /** 1 or 0. */
  greater: binary((x, y) => (x > y ? 1 : 0), none),
  /** 1 or 0. */
  equal: { ...binary((x, y) => (x === y ? 1 : 0), none), exact: true },
  neg: unary(
    (x) => -x,
    (b, dy) => [b.neg(dy)],
  ),
  abs: unary(Math.abs, (b, dy, [x]) => [b.mul(dy, b.sub(b.greater(x, 0), b.greater(0, x)))]),
  floor: unary(Math.floor, none),
  exp: unary(Math.exp, (b, dy, _x, y) => [b.mul(dy, y)], true),
  log: unary(Math.log, (b, dy, [x]) => [b.div(dy, x)], true),
  sqrt: unary(Math.sqrt, (b, dy, _x, y) => [b.div(dy, b.mul(2, y))], true),
  tanh: unary(Math.tanh, (b, dy, _x, y) => [b.mul(dy, b.sub(1, b.mul(y, y)))], true),
  sigmoid: unary(sigmoid, (b, dy, _x, y) => [b.mul(b.mul(dy, y), b.sub(1, y))], true),
  erf: unary(
    erf,
    (b, dy, [x]) => [b.mul(dy, b.mul(2 / Math.sqrt(Math.PI), b.exp(b.neg(b.mul(x, x)))))],
    true,
  ),
  /** test ≠ 0 ? yes : no */
  where: {
    shape: same,
    eval: ([t, x, y]) => t.data.map((v, i) => (v !== 0 ? x.data[i] : y.data[i])),
    vjp: (b, dy, [t]) => [undefined, b.where(t, dy, 0), b.where(t, 0, dy)],
    elementwise: true,
  },
};
