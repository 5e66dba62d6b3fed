import { ModelError } from "../../diagnostics.ts";
import { numel } from "../../ir/tensor.ts";
import type { DataStep, NumberType } from "../training-spec.ts";
import { array, indexArray } from "./data.ts";
import { computed } from "./run-data.ts";
import { type DataValue, is, isNumber, listOf, type Value } from "./values.ts";
import { spendSize, type World } from "./world.ts";

/** Numbers that a snippet computes with, not data: so many at most are known while it is read. */
const MOST_NUMBERS = 256;
const MOST_STEPS = 64;

interface Known {
  readonly shape: readonly number[];
  readonly dtype: NumberType;
  readonly data: readonly number[];
}

/** The numbers of a small array that is made of constants alone. */
export function numbersOf(w: World, v: DataValue): Known | undefined {
  if (!v.shape || numel(v.shape) > MOST_NUMBERS || !isSmall(w.steps, v.step)) return undefined;
  spendSize(w, MOST_STEPS * 4, w.now.offset);
  try {
    const { shape, dtype, data } = computed({ steps: w.steps }, v.step);
    const isExact = dtype.startsWith("float") || data.every(Number.isSafeInteger);
    return isExact ? { shape, dtype, data } : undefined;
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

function isSmall(steps: readonly DataStep[], from: number): boolean {
  let [size, count] = [0, 0];
  const stack = [from];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const step = steps[at];
    if (["unknown", "given", "dataset", "to_categorical"].includes(step.op)) return false;
    if (step.op === "constant" || step.op === "fill") size += numel(step.shape);
    if ("of" in step) stack.push(step.of);
    if (step.op === "concatenate") stack.push(...step.parts);
    if (++count > MOST_STEPS || size > MOST_NUMBERS) return false;
  }
  return true;
}

const isWhole = (dtype: NumberType): boolean => !dtype.startsWith("float");
const asPython = (n: number, dtype: NumberType): Value =>
  dtype === "bool" ? n !== 0 : isWhole(dtype) ? BigInt(n) : n;

/** `x.tolist()`: Python's own numbers. */
export function toList(w: World, v: DataValue): Value | undefined {
  const known = numbersOf(w, v);
  const nested = ([size, ...rest]: readonly number[], from: number): Value => {
    if (size === undefined) return asPython(known!.data[from], known!.dtype);
    return listOf(Array.from({ length: size }, (_, i) => nested(rest, from + i * numel(rest))));
  };
  return known && nested(known.shape, 0);
}

/** A single number of NumPy as Python's; anything else as it is. */
export function pythonNumber(w: World, v: Value): Value {
  return is(v, "data") && v.shape?.length === 0 ? (toList(w, v) ?? v) : v;
}

/** The same for its text: that of float32 is another. */
export const writtenNumber = (w: World, v: Value): Value =>
  is(v, "data") && numbersOf(w, v)?.dtype === "float32" ? v : pythonNumber(w, v);

/** The rows of an array, the numbers of one axis; undefined where they are not known. */
export function rowsOf(w: World, v: DataValue, offset: number): readonly Value[] | undefined {
  if (!v.shape || v.shape.length === 0 || !numbersOf(w, v)) return undefined;
  return Array.from({ length: v.shape[0] }, (_, i) => indexArray(w, v, BigInt(i), offset));
}

/** Numbers of Python, and lists of them, as those of NumPy. */
export function numpyNumbers(w: World, v: Value, dtype: NumberType): Value {
  if (is(v, "list", "tuple")) return listOf(v.items.map((item) => numpyNumbers(w, item, dtype)));
  if (!isNumber(v)) return v;
  return array(w, { op: "constant", shape: [], dtype, data: [Number(v)] }, []);
}

type Reduction = (data: readonly number[]) => number;
const reductions: Readonly<Record<string, Reduction>> = {
  sum: (data) => data.reduce((a, b) => a + b, 0),
  prod: (data) => data.reduce((a, b) => a * b, 1),
  mean: (data) => data.reduce((a, b) => a + b, 0) / data.length,
  max: (data) => Math.max(...data),
  min: (data) => Math.min(...data),
};

/** `np.prod(x)` and the like over the whole array; of floats only where the order of adding does not matter. */
export function reduceKnown(w: World, name: string, v: DataValue): Value | undefined {
  const plain = name.replace(/^a(max|min)$/, "$1");
  const known = Object.hasOwn(reductions, plain) ? numbersOf(w, v) : undefined;
  if (!known || (known.data.length === 0 && name !== "prod")) return undefined;
  if (!isWhole(known.dtype) && known.data.length > 0 && !/m(ax|in)$/.test(name)) return undefined;
  const number = reductions[plain](known.data);
  const dtype = /m(ax|in)$/.test(name)
    ? known.dtype
    : name === "mean" || !isWhole(known.dtype)
      ? "float64"
      : "int64";
  if (isWhole(dtype) && !Number.isSafeInteger(number)) return undefined;
  return array(w, { op: "constant", shape: [], dtype, data: [number] }, []);
}

/** What two arrays of numbers have in common to be computed with: the second as the constant that it is. */
export function asConstant(w: World, data: DataValue, other: Value): Value {
  if (!is(other, "data") || other.shape?.length !== 0) return other;
  const [left, right] = [numbersOf(w, data), numbersOf(w, other)];
  return left && right && left.dtype !== "float32" && right.dtype !== "float32"
    ? pythonNumber(w, other)
    : other;
}
