import { internal } from "../../diagnostics.ts";
import type { BinaryOp, Expr, Row, UnaryOp } from "../kernels.ts";
import type { Value } from "./code.ts";
import { addressForm, numberForm } from "./forms.ts";
import * as math from "./math.ts";
import type { Place } from "./place.ts";
import { address, pointerTo } from "./pointers.ts";
import * as v from "./values.ts";

/** Every value is four lanes: the body of a loop and its remainder then give the same bits. */
export function expression(e: Expr, place: Place): Value {
  const kind = kinds[e.kind] as (e: Expr, place: Place) => Value;
  return kind(e, place);
}

const kinds: { readonly [K in Expr["kind"]]: (e: Extract<Expr, { kind: K }>, place: Place) => Value } = {
  const: (e) => v.constant(e.value),
  local: (e, place) => {
    const local = place.locals.get(e.name);
    if (!local) throw internal(`the local ${e.name} is not visible here`);
    return v.get(local);
  },
  load: (e, place) => (code) => {
    const { base, offset } = address(addressForm(e.buffer, e.at, place), place);
    rowAddress(base, e.row, place)(code);
    code.op(e.how === "vector" ? "v128.load" : "v128.load32_splat", offset);
  },
  index: (e, place) => {
    const { local, constant } = pointerTo(numberForm(e.at, place), place);
    const first = local ? splat(v.apply("i32.add", v.get(local), v.int(constant))) : v.constant(constant);
    return e.how === "splat" ? first : v.add(first, v.lanes("f32x4", 0, 1, 2, 3));
  },
  batch: (_, place) => splat(v.get(place.n)),
  unary: (e, place) => unary[e.op](expression(e.x, place)),
  binary: (e, place) => binary(e, place),
  mac: (e, place) => v.mac(expression(e.x, place), expression(e.y, place), expression(e.z, place)),
  where: (e, place) => where(e, place),
  across: (e, place) => math.across(e.op === "sum" ? v.add : math.max, expression(e.x, place)),
  sums: ({ xs: [a, b, c, d] }, place) =>
    math.sums([expression(a, place), expression(b, place), expression(c, place), expression(d, place)]),
  last: (e, place) => {
    const mask = [0, 1, 2, 3].map((lane) => (lane < 4 - e.count ? 0 : -1));
    return v.and(expression(e.x, place), v.lanes("i32x4", ...mask));
  },
};

/** An address in the row of a table whose number a local holds. */
export function rowAddress(base: Value, row: Row | undefined, place: Place): Value {
  if (!row) return base;
  const index: Value = (code) => {
    expression({ kind: "local", name: row.local }, place)(code);
    code.op("f32x4.extract_lane", 0);
    code.op("i32.trunc_sat_f32_u");
  };
  return v.apply("i32.add", base, v.apply("i32.mul", index, v.int(4 * row.stride)));
}

/** An integer as a float in every lane. */
const splat = (x: Value): Value => v.apply("f32x4.splat", v.apply("f32.convert_i32_s", x));

const unary: Readonly<Record<UnaryOp, (x: Value) => Value>> = {
  neg: v.neg,
  abs: v.abs,
  floor: v.floor,
  sqrt: v.sqrt,
  exp: math.exp,
  log: math.log,
  tanh: math.tanh,
  sigmoid: math.sigmoid,
  erf: math.erf,
};

type Binary = Extract<Expr, { kind: "binary" }>;

const simple: Readonly<Record<Exclude<BinaryOp, "max" | "min" | "powi">, (x: Value, y: Value) => Value>> = {
  add: v.add,
  sub: v.sub,
  mul: v.mul,
  div: v.div,
  greater: (x, y) => v.and(v.greater(x, y), v.constant(1)),
  equal: (x, y) => v.and(v.equal(x, y), v.constant(1)),
};

const isNumber = (e: Expr): boolean => e.kind === "const" && !Number.isNaN(e.value);

function binary(e: Binary, place: Place): Value {
  const [x, y] = [expression(e.x, place), expression(e.y, place)];
  if (e.op === "powi") return power(x, e.y, y);
  if (e.op !== "max" && e.op !== "min") return simple[e.op](x, y);
  // One instruction where one side is known to be a number: it keeps NaN in its first operand.
  const quick = e.op === "max" ? v.pmax : v.pmin;
  if (isNumber(e.y)) return quick(x, y);
  if (isNumber(e.x)) return quick(y, x);
  return math[e.op](x, y);
}

/** Small powers are products. */
function power(x: Value, exponent: Expr, y: Value): Value {
  if (exponent.kind !== "const" || ![1, 2, 3, 4].includes(exponent.value)) return math.powi(x, y);
  if (exponent.value === 1) return x;
  return v.scoped((code) => {
    const base = code.keep(x, "base");
    const square = v.mul(base, base);
    if (exponent.value === 2) return square;
    if (exponent.value === 3) return v.mul(square, base);
    const kept = code.keep(square, "square");
    return v.mul(kept, kept);
  });
}

type Where = Extract<Expr, { kind: "where" }>;

/** Ones in the lanes where the test holds: a comparison is not first made a number. */
function mask(test: Expr, place: Place): Value {
  if (test.kind === "binary" && (test.op === "greater" || test.op === "equal")) {
    const compare = test.op === "greater" ? v.greater : v.equal;
    return compare(expression(test.x, place), expression(test.y, place));
  }
  return v.unequal(expression(test, place), v.constant(0));
}

const isZero = (e: Expr): boolean => e.kind === "const" && Object.is(e.value, 0);

function where(e: Where, place: Place): Value {
  const [yes, no] = [expression(e.yes, place), expression(e.no, place)];
  if (isZero(e.no)) return v.and(yes, mask(e.test, place));
  if (isZero(e.yes)) return v.without(no, mask(e.test, place));
  return v.select(mask(e.test, place), yes, no);
}
