import { ModelError } from "../../diagnostics.ts";
import type { ArithmeticOperator, DataStep, NumberType } from "../training-spec.ts";

type Arithmetic = Extract<DataStep, { readonly op: "arithmetic" }>;
type Convert = (x: number) => number;
const isWhole = (type: NumberType): boolean => type !== "float32" && type !== "float64";

/** numpy's type of `array op constant`: a Python number does not widen an array of its own kind. */
export function arithmeticType(type: NumberType, { operator, is_float, in_place }: Arithmetic): NumberType {
  const made = !isWhole(type)
    ? type
    : operator === "/" || is_float
      ? "float64"
      : type === "bool"
        ? "int64"
        : type;
  if (in_place && made !== type) {
    throw new ModelError({
      code: "python-data",
      message: `numpy cannot change an array of ${type} in place with ${operator}=.`,
      expected: "an array of floats",
      hint: "Convert it first: x = x.astype('float32').",
    });
  }
  return made;
}

const operators: Readonly<Record<ArithmeticOperator, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": (a, b) => Math.floor(a / b),
  "%": (a, b) => a - b * Math.floor(a / b),
  "**": (a, b) => a ** b,
};

/** One element of `array op constant`, rounded as the array's type is. */
export function operation(from: NumberType, to: NumberType, step: Arithmetic): Convert {
  if (isWhole(to)) checkFits(from, step);
  const f = operators[step.operator];
  const constant = to === "float32" ? Math.fround(step.value) : step.value;
  const round = wrap(to);
  return step.reversed ? (x) => round(f(constant, x)) : (x) => round(f(x, constant));
}

/** numpy refuses a constant that the array's type cannot hold. */
function checkFits(type: NumberType, { value }: Arithmetic): void {
  if (type === "bool" || wrap(type)(value) === value) return;
  throw new ModelError({
    code: "python-data",
    message: `numpy cannot put ${value} into an array of ${type}.`,
    hint: "Convert the array first: x.astype('float32').",
  });
}

const conversions: Readonly<Record<NumberType, Convert>> = {
  float64: (x) => x,
  float32: Math.fround,
  int64: Math.trunc,
  int32: (x) => Math.trunc(x) | 0,
  uint8: (x) => Math.trunc(x) & 255,
  bool: (x) => (x === 0 ? 0 : 1),
};
/** A number as an array of this type holds it. */
export const wrap = (type: NumberType): Convert => conversions[type];
