import type {
  ArithmeticOperator,
  DatasetPart,
  DataRef,
  DataStep,
  IndexPart,
  NumberType,
} from "../training-spec.ts";
import type { NestOf } from "../../ir/spec.ts";
import { broadcastShape, fill } from "./array-shapes.ts";
import { asConstant } from "./known-arrays.ts";
import { integer } from "./plain.ts";
import {
  type DataValue,
  type FreeValue,
  is,
  isNumber,
  type OpaqueValue,
  tuple,
  type Value,
} from "./values.ts";
import { fail, opaque, spendSize, where, type World } from "./world.ts";

type Shape = readonly number[];
/** Shapes of the parts of Keras's data sets, where they are always the same. */
const datasets: Readonly<Record<string, readonly [Shape, Shape]>> = {
  fashion_mnist: [
    [60000, 28, 28],
    [10000, 28, 28],
  ],
  mnist: [
    [60000, 28, 28],
    [10000, 28, 28],
  ],
  boston_housing: [
    [404, 13],
    [102, 13],
  ],
  cifar10: [
    [50000, 32, 32, 3],
    [10000, 32, 32, 3],
  ],
  cifar100: [
    [50000, 32, 32, 3],
    [10000, 32, 32, 3],
  ],
};

/** A new array of the data program; a view shares the buffer of what it looks at. */
export function array(w: World, step: DataStep, shape?: Shape, viewOf?: DataValue): DataValue {
  const source = "of" in step ? w.steps[step.of] : step;
  w.steps.push(source.op === "unknown" ? source : step);
  const index = w.steps.length - 1;
  const made: DataValue = {
    kind: "data",
    step: index,
    buffer: viewOf?.buffer ?? index,
    ...(shape ? { shape } : {}),
  };
  w.arrays.push(made);
  return made;
}

/** An array made by a line that is not understood. */
export function unknownArray(w: World, cause: OpaqueValue = opaque(w)): DataValue {
  w.steps.push(unknownStep(cause));
  const made: DataValue = { kind: "data", step: w.steps.length - 1, buffer: w.steps.length - 1 };
  w.arrays.push(made);
  return made;
}

const unknownStep = ({ line, text, reason, at }: OpaqueValue): DataStep => ({
  op: "unknown",
  line,
  text,
  ...(reason === undefined ? {} : { reason }),
  at,
});

/** `keras.datasets.NAME.load_data(…)`: two pairs of arrays. */
export function loadData(w: World, dataset: string, options: Readonly<Record<string, unknown>>): Value {
  const shapes =
    Object.hasOwn(datasets, dataset) && Object.keys(options).length === 0 ? datasets[dataset] : undefined;
  const part = (name: DatasetPart, shape?: Shape): DataValue =>
    array(w, { op: "dataset", dataset, part: name, options }, shape);
  const labels = (i: 0 | 1): Shape | undefined =>
    shapes && [shapes[i][0], ...(dataset.startsWith("cifar") ? [1] : [])];
  return tuple([
    tuple([part("x_train", shapes?.[0]), part("y_train", labels(0))]),
    tuple([part("x_test", shapes?.[1]), part("y_test", labels(1))]),
  ]);
}

/** The array that an undefined name would be, if it is data that the user gives. */
export function given(w: World, free: FreeValue): DataValue {
  const known = w.globals.get(free.name);
  if (known !== undefined && is(known, "data")) return known;
  const made = array(w, { op: "given", name: free.name }, w.given.get(free.name));
  w.globals.set(free.name, made);
  return made;
}

/** Nested lists of numbers as an array; undefined where they are ragged or hold something else. */
export function constantArray(w: World, v: Value, offset: number, dtype?: NumberType): DataValue | undefined {
  const data: number[] = [];
  const kinds = new Set<string>();
  const shape = shapeOf(v, data, kinds);
  if (shape === undefined || kinds.has("other")) return undefined;
  spendSize(w, data.length, offset);
  const own = kinds.has("number") ? "float64" : kinds.has("bigint") ? "int64" : "bool";
  if (data.some((n) => !Number.isFinite(n) && !kinds.has("number")))
    fail(w, offset, "python-number", "This number is too large.");
  return array(w, { op: "constant", shape, dtype: dtype ?? own, data }, shape);
}
function shapeOf(v: Value, data: number[], kinds: Set<string>): number[] | undefined {
  if (isNumber(v)) {
    kinds.add(typeof v);
    data.push(Number(v));
    return [];
  }
  if (!is(v, "list", "tuple")) {
    kinds.add("other");
    return undefined;
  }
  const inner = v.items.map((item) => shapeOf(item, data, kinds));
  if (inner.some((s) => s === undefined || String(s) !== String(inner[0]))) return undefined;
  return [v.items.length, ...(inner[0] ?? [])];
}

/** `a op b` where one of them is an array. */
export function arrayArithmetic(
  w: World,
  op: string,
  left: Value,
  right: Value,
  inPlace: boolean,
): DataValue {
  const reversed = !is(left, "data");
  const [data, other] = (reversed ? [right, left] : [left, right]) as [DataValue, Value];
  const value = asConstant(w, data, other);
  const known = isNumber(value) && ["+", "-", "*", "/", "//", "%", "**"].includes(op);
  if (!known) return inPlace ? spoil(w, data) : fill(w, unknownArray(w), shapeWith(data, value));
  const step: DataStep = {
    op: "arithmetic",
    of: data.step,
    operator: op as ArithmeticOperator,
    value: Number(value),
    is_float: typeof value === "number",
    reversed,
    in_place: inPlace,
  };
  if (!inPlace) return array(w, step, data.shape);
  disturb(w, data);
  w.steps.push(w.steps[data.step].op === "unknown" ? w.steps[data.step] : step);
  data.step = w.steps.length - 1;
  return data;
}

/** The shape of an array and something else together. */
function shapeWith({ shape }: DataValue, other: Value): Shape | undefined {
  if (other !== null && is(other, "opaque") && other.scalar) return shape;
  return shape && is(other, "data") && other.shape ? broadcastShape(shape, other.shape) : undefined;
}

/** A line changes this array in a way that is not known: it and all that shares its memory cannot be used. */
export function spoil(w: World, data: DataValue): DataValue {
  disturb(w, data);
  w.steps.push(unknownStep(opaque(w)));
  data.step = w.steps.length - 1;
  return data;
}
function disturb(w: World, changed: DataValue): void {
  const views = w.arrays.filter((other) => other !== changed && other.buffer === changed.buffer);
  if (views.length === 0) return;
  w.steps.push(unknownStep(opaque(w)));
  for (const view of views) view.step = w.steps.length - 1;
}

/** `x[…]`. */
export function indexArray(w: World, data: DataValue, index: Value, offset: number): DataValue {
  const parts = (is(index, "tuple") ? index.items : [index]).map((part) => indexPart(w, part, offset));
  if (parts.some((part) => part === undefined)) return unknownArray(w);
  const list = parts as IndexPart[];
  return array(
    w,
    { op: "index", of: data.step, index: list },
    data.shape && indexedShape(data.shape, list),
    data,
  );
}
function indexPart(w: World, part: Value, offset: number): IndexPart | undefined {
  if (part === null) return { kind: "new" };
  if (typeof part === "bigint") return { kind: "at", at: integer(w, part, offset) };
  if (is(part, "ellipsis")) return { kind: "rest" };
  if (!is(part, "slice")) return undefined;
  const bound = (n: bigint | null): number | null => (n === null ? null : integer(w, n, offset));
  return { kind: "range", start: bound(part.start), stop: bound(part.stop), step: bound(part.step) };
}

/** Shape after a subscript; undefined where it does not fit. */
export function indexedShape(shape: Shape, index: readonly IndexPart[]): number[] | undefined {
  const used = index.filter((part) => part.kind === "at" || part.kind === "range").length;
  if (used > shape.length) return undefined;
  const full = index.some((part) => part.kind === "rest") ? index : [...index, { kind: "rest" } as const];
  const out: number[] = [];
  let axis = 0;
  for (const part of full) {
    if (part.kind === "new") out.push(1);
    else if (part.kind === "rest") {
      const end = shape.length - remaining(full, part);
      out.push(...shape.slice(axis, end));
      axis = end;
    } else if (part.kind === "at") axis++;
    else out.push(rangeLength(shape[axis++], part).length);
  }
  return out;
}
function remaining(index: readonly IndexPart[], rest: IndexPart): number {
  return index.slice(index.indexOf(rest) + 1).filter((part) => part.kind === "at" || part.kind === "range")
    .length;
}

/** First index, step and length that a slice takes of an axis. */
export function rangeLength(
  size: number,
  part: { start: number | null; stop: number | null; step: number | null },
): { first: number; step: number; length: number } {
  const step = part.step ?? 1;
  const clamp = (n: number, low: number, high: number): number =>
    Math.min(Math.max(n < 0 ? n + size : n, low), high);
  const first =
    part.start === null
      ? step > 0
        ? 0
        : size - 1
      : clamp(part.start, step > 0 ? 0 : -1, step > 0 ? size : size - 1);
  const last =
    part.stop === null
      ? step > 0
        ? size
        : -1
      : clamp(part.stop, step > 0 ? 0 : -1, step > 0 ? size : size - 1);
  return { first, step, length: Math.max(0, Math.ceil((last - first) / step)) };
}

/** A reshape with at most one -1; undefined where it does not fit. */
export function reshaped(shape: Shape | undefined, target: Shape): number[] | undefined {
  if (shape === undefined) return target.includes(-1) ? undefined : [...target];
  const size = shape.reduce((a, b) => a * b, 1);
  const known = target.filter((n) => n !== -1).reduce((a, b) => a * b, 1);
  const out = target.map((n) => (n === -1 ? size / known : n));
  return out.every(Number.isInteger) && out.reduce((a, b) => a * b, 1) === size ? out : undefined;
}

/** What `fit` and its siblings remember of an argument; undefined for None. */
export function dataRef(w: World, v: Value, offset: number): NestOf<DataRef> | undefined {
  if (v === null) return undefined;
  const at = where(w, offset);
  if (is(v, "free")) return dataRef(w, given(w, v), offset);
  if (is(v, "opaque")) return { kind: "unknown", line: v.line, text: v.text, at: v.at };
  if (is(v, "data")) {
    const step = w.steps[v.step];
    if (step.op === "unknown") {
      const { op: _op, ...rest } = step;
      return { kind: "unknown", ...rest };
    }
    return { kind: "data", step: v.step, at };
  }
  if (is(v, "dict"))
    return Object.fromEntries([...v.entries].map(([key, x]) => [String(key), leaf(w, x, offset)]));
  if (is(v, "list", "tuple")) {
    const whole = v.items.some((item) => is(item, "data", "free", "opaque"))
      ? undefined
      : constantArray(w, v, offset);
    return whole ? dataRef(w, whole, offset) : v.items.map((item) => leaf(w, item, offset));
  }
  return fail(w, offset, "python-data", "This is not data that a model can be given.");
}
const leaf = (w: World, v: Value, offset: number): NestOf<DataRef> =>
  dataRef(w, v, offset) ?? fail(w, offset, "python-data", "None stands where an array should be.");
