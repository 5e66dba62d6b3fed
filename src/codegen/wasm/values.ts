import type { Code, Lanes, Local, Value } from "./code.ts";
import type { InstructionName } from "./opcodes.ts";

/** Values as they are written in formulas: operands first, then the instruction. */
export const apply =
  (name: InstructionName, ...operands: readonly Value[]): Value =>
  (code) => {
    for (const operand of operands) operand(code);
    code.op(name);
  };

const unary = (name: InstructionName) => (x: Value) => apply(name, x);
const binary = (name: InstructionName) => (x: Value, y: Value) => apply(name, x, y);

export const add = binary("f32x4.add");
export const sub = binary("f32x4.sub");
export const mul = binary("f32x4.mul");
export const div = binary("f32x4.div");
/** y < x ? y : x; NaN in x stays, NaN in y is lost. One machine instruction, unlike `min`. */
export const pmin = binary("f32x4.pmin");
/** x < y ? y : x; NaN in x stays, NaN in y is lost. */
export const pmax = binary("f32x4.pmax");
export const abs = unary("f32x4.abs");
export const neg = unary("f32x4.neg");
export const sqrt = unary("f32x4.sqrt");
export const floor = unary("f32x4.floor");
export const less = binary("f32x4.lt");
export const greater = binary("f32x4.gt");
export const equal = binary("f32x4.eq");
export const unequal = binary("f32x4.ne");
export const and = binary("v128.and");
/** x without the bits of y. */
export const without = binary("v128.andnot");
export const or = binary("v128.or");
export const toFloat = unary("f32x4.convert_i32x4_s");
export const addInt = binary("i32x4.add");
export const subInt = binary("i32x4.sub");
/** The bits of `yes` where the mask has ones, of `no` elsewhere. */
export const select = (mask: Value, yes: Value, no: Value): Value => apply("v128.bitselect", yes, no, mask);

/** x · y + z */
export const mac =
  (x: Value, y: Value, z: Value): Value =>
  (code) =>
    code.fma ? apply("f32x4.relaxed_madd", x, y, z)(code) : add(z, mul(x, y))(code);
/** z − x · y */
export const nmac =
  (x: Value, y: Value, z: Value): Value =>
  (code) =>
    code.fma ? apply("f32x4.relaxed_nmadd", x, y, z)(code) : sub(z, mul(x, y))(code);

/** The number in every lane, held as the function's constants are. */
export const constant =
  (value: number): Value =>
  (code) =>
    code.constant(value)(code);
/** A constant in place. */
export const lanes =
  (as: Lanes["as"], ...values: readonly number[]): Value =>
  (code) =>
    code.op("v128.const", { as, values });
/** The integer in every lane. */
export const int4 = (value: number): Value => lanes("i32x4", value, value, value, value);
export const int =
  (value: number): Value =>
  (code) =>
    code.op("i32.const", value);
export const get =
  (local: Local): Value =>
  (code) =>
    code.op("local.get", local);

/** Lanes 0–3 are x's, 4–7 are y's. */
export const shuffle =
  (x: Value, y: Value, ...from: readonly number[]): Value =>
  (code) => {
    x(code);
    y(code);
    code.op("i8x16.shuffle", ...from);
  };

/** Computes within a scope of its own; `body` returns the value that is left on the stack. */
export const scoped =
  (body: (code: Code) => Value): Value =>
  (code) =>
    code.scope(() => body(code)(code));
