import {
  describe,
  is,
  isNumber,
  type Key,
  type ListValue,
  listOf,
  lookIn,
  repr,
  tuple,
  type Value,
} from "./values.ts";
import { percentText } from "./format.ts";
import { raise } from "./raised.ts";
import { fail, spendSize, walkable, type World } from "./world.ts";

const MAX_BITS = 256n;
const LIMIT = 1n << MAX_BITS;
const MAX_ITEMS = 100_000;

/** `left op right` on constants. */
export function operate(w: World, op: string, left: Value, right: Value, offset: number): Value {
  if (isNumber(left) && isNumber(right)) return arithmetic(w, op, left, right, offset);
  if (op === "+" && typeof left === "string" && typeof right === "string")
    return spendSize(w, left + right, offset);
  if (op === "+" && is(left, "list") && is(right, "list")) return listOf(joined(w, left, right, offset));
  if (op === "+" && is(left, "tuple") && is(right, "tuple")) return tuple(joined(w, left, right, offset));
  if (op === "*") {
    if (typeof right === "bigint")
      return repeat(w, left, right, offset) ?? misfit(w, op, left, right, offset);
    if (typeof left === "bigint") return repeat(w, right, left, offset) ?? misfit(w, op, left, right, offset);
  }
  if (op === "%" && typeof left === "string") return percentText(w, left, walkable(w, right, offset), offset);
  if (op === "|" && is(left, "dict") && is(right, "dict"))
    return { kind: "dict", entries: new Map([...left.entries, ...right.entries]) };
  return misfit(w, op, left, right, offset);
}

function misfit(w: World, op: string, left: Value, right: Value, offset: number): never {
  return fail(
    w,
    offset,
    "python-operator",
    `Python cannot compute ${describe(left)} ${op} ${describe(right)}.`,
  );
}

function joined(
  w: World,
  a: { items: readonly Value[] },
  b: { items: readonly Value[] },
  offset: number,
): Value[] {
  spendSize(w, a.items.length + b.items.length, offset);
  return a.items.concat(b.items);
}

function repeat(w: World, v: Value, times: bigint, offset: number): Value | undefined {
  const n = times < 0n ? 0 : Number(times);
  const length = typeof v === "string" ? v.length : is(v, "list", "tuple") ? v.items.length : undefined;
  if (length === undefined) return undefined;
  if (n * length > MAX_ITEMS) fail(w, offset, "python-size", "This value grows too long.");
  spendSize(w, n * length, offset);
  if (typeof v === "string") return v.repeat(n);
  const { items } = v as ListValue;
  const out = Array.from({ length: n }, () => items).flat();
  return is(v, "list") ? listOf(out) : tuple(out);
}

function arithmetic(
  w: World,
  op: string,
  a: number | bigint | boolean,
  b: number | bigint | boolean,
  offset: number,
): Value {
  const whole = typeof a !== "number" && typeof b !== "number";
  if (["/", "//", "%"].includes(op) && Number(b) === 0)
    raise(w, "ZeroDivisionError", offset, "python-operator", "Division by zero.");
  if (whole && op !== "/" && !(op === "**" && BigInt(b) < 0n))
    return sized(w, integers(w, op, BigInt(a), BigInt(b), offset), offset);
  if (op === "**" && Number(a) === 0 && Number(b) < 0)
    raise(w, "ZeroDivisionError", offset, "python-operator", "Zero has no negative power.");
  return floats(w, op, Number(a), Number(b), offset);
}
function sized(w: World, n: bigint, offset: number): bigint {
  return n > LIMIT || n < -LIMIT ? fail(w, offset, "python-number", "This number is too large.") : n;
}

function integers(w: World, op: string, a: bigint, b: bigint, offset: number): bigint {
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "//":
      return (a - modulo(a, b)) / b;
    case "%":
      return modulo(a, b);
    case "**":
      return b > MAX_BITS && a * a > 1n
        ? fail(w, offset, "python-number", "This number is too large.")
        : a ** b;
    case "<<":
      return b >= 0n && b <= MAX_BITS
        ? a << b
        : fail(w, offset, "python-number", "This number is too large.");
    case ">>":
      return a >> (b > MAX_BITS ? MAX_BITS : b);
    case "&":
      return a & b;
    case "|":
      return a | b;
    case "^":
      return a ^ b;
    default:
      return misfit(w, op, a, b, offset);
  }
}
/** Python's `%` has the sign of the divisor. */
const modulo = (a: bigint, b: bigint): bigint => ((a % b) + b) % b;

function floats(w: World, op: string, a: number, b: number, offset: number): number {
  switch (op) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "//":
      return Math.floor(a / b);
    case "%":
      return a - b * Math.floor(a / b);
    case "**":
      return a ** b;
    default:
      return misfit(w, op, a, b, offset);
  }
}

/** `-v`, `+v`, `~v`, `not v`. */
export function unary(w: World, op: string, v: Value, offset: number): Value {
  if (op === "not") return !holds(w, v, offset);
  if (!isNumber(v)) fail(w, offset, "python-operator", `Python cannot compute ${op}${describe(v)}.`);
  const n = typeof v === "boolean" ? BigInt(v) : v;
  if (op === "-") return -n;
  if (op === "~" && typeof n === "bigint") return -n - 1n;
  return n;
}

export function truth(v: Value): boolean {
  if (typeof v === "string") return v.length > 0;
  if (v === null || isNumber(v)) return Boolean(v);
  if (is(v, "list", "tuple")) return v.items.length > 0;
  if (is(v, "dict")) return v.entries.size > 0;
  return true;
}

/** Truth where Python asks for it: no Keras 3 tensor has one. */
export function holds(w: World, v: Value, offset: number): boolean {
  if (is(v, "tensor") && !w.library.keras2)
    fail(w, offset, "python-operator", "A tensor has no numbers yet, so that it is neither true nor false.", {
      hint: "Choose by a value of Python; inside a model, keras.ops.where chooses.",
    });
  if (is(v, "namespace") && v.of && (lookIn(v.of, "__bool__") || lookIn(v.of, "__len__")))
    fail(
      w,
      offset,
      "python-operator",
      "Whether this object is true its class says by __bool__ or __len__, which is not read.",
    );
  return truth(v);
}

/** Python's `==`. */
export function equal(a: Value, b: Value): boolean {
  if (isNumber(a) && isNumber(b)) return typeof a === typeof b ? a === b : Number(a) === Number(b);
  if ((is(a, "list") && is(b, "list")) || (is(a, "tuple") && is(b, "tuple"))) {
    return a.items.length === b.items.length && a.items.every((item, i) => equal(item, b.items[i]));
  }
  if (is(a, "dict") && is(b, "dict")) {
    return (
      a.entries.size === b.entries.size &&
      [...a.entries].every(([k, v]) => b.entries.has(k) && equal(v, b.entries.get(k)!))
    );
  }
  return a === b;
}

/** Items of a set: each once, in the order in which they came. */
export function distinct(w: World, items: readonly Value[], offset: number): Value[] {
  const seen = new Set<unknown>();
  return items.filter((v) => {
    const key = isNumber(v) ? Number(v) : is(v, "tuple") ? repr(walkable(w, v, offset)) : v;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** `a op b` of a comparison. */
export function compare(w: World, op: string, a: Value, b: Value, offset: number): boolean {
  switch (op) {
    case "==":
      return equal(a, b);
    case "!=":
      return !equal(a, b);
    case "is":
      return a === b;
    case "is not":
      return a !== b;
    case "in":
    case "not in":
      return (op === "in") === contains(w, a, b, offset);
    default:
      return order(w, op, a, b, offset);
  }
}

function contains(w: World, a: Value, b: Value, offset: number): boolean {
  if (typeof a === "string" && typeof b === "string") return b.includes(a);
  if (is(b, "list", "tuple") && spendSize(w, b.items.length, offset) >= 0)
    return b.items.some((item) => equal(item, a));
  if (is(b, "dict") && b.entries.has(a as Key)) return true;
  if (is(b, "dict")) return [...b.entries.keys()].some((key) => equal(key, a));
  if (is(b, "range") && typeof a === "bigint")
    return a >= b.start && a < b.stop && (a - b.start) % b.step === 0n;
  return fail(w, offset, "python-operator", `Python cannot look for something in ${describe(b)}.`);
}

function order(w: World, op: string, a: Value, b: Value, offset: number): boolean {
  if ((is(a, "tuple") && is(b, "tuple")) || (is(a, "list") && is(b, "list"))) {
    const at = a.items.findIndex((item, i) => i >= b.items.length || !equal(item, b.items[i]));
    if (at < 0 || at >= b.items.length)
      return order(w, op, BigInt(a.items.length), BigInt(b.items.length), offset);
    return order(w, op, a.items[at], b.items[at], offset);
  }
  const comparable = (isNumber(a) && isNumber(b)) || (typeof a === "string" && typeof b === "string");
  if (!comparable) misfit(w, op, a, b, offset);
  const [x, y] = [a as number, b as number];
  return op === "<" ? x < y : op === ">" ? x > y : op === "<=" ? x <= y : x >= y;
}
