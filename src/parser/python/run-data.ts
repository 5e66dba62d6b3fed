import { internal, ModelError } from "../../diagnostics.ts";
import { numel, type Tensor } from "../../ir/tensor.ts";
import type { DataProgram, DataSource, DataStep, IndexPart, NumberType } from "../training-spec.ts";
import { indexedShape, rangeLength, reshaped } from "./data.ts";
import { squeezed } from "./array-shapes.ts";
import { concatenate, transpose, triangle } from "./run-shapes.ts";
import { arithmeticType, operation, wrap } from "./run-arithmetic.ts";

/** Brings the array of a source; the caller loads files and data sets before. */
export type DataLoader = (source: DataSource) => Tensor;

/** An array as numpy would hold it; `then` are element functions that wait until the elements are needed. */
interface Numbers {
  readonly shape: readonly number[];
  readonly dtype: NumberType;
  readonly data: ArrayLike<number>;
  readonly then: readonly ((x: number) => number)[];
}

/** Every source that these steps need, each once. */
export function dataSources(program: DataProgram, steps: Iterable<number>): DataSource[] {
  return [...needed(program, steps)]
    .sort((a, b) => a - b)
    .flatMap((i) => {
      const step = program.steps[i];
      return step.op === "dataset" || step.op === "given" ? [step] : [];
    });
}

function needed(program: DataProgram, steps: Iterable<number>): Set<number> {
  const all = new Set<number>();
  for (const start of steps) {
    const stack = [start];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (all.has(at)) continue;
      all.add(at);
      const step = program.steps[at];
      if ("of" in step) stack.push(step.of);
      if (step.op === "concatenate") stack.push(...step.parts);
    }
  }
  return all;
}

/**
 * Computes the arrays of these steps as numpy does (float64 where it has float64), each then as a tensor: floats in
 * float32, whole numbers in int32, bytes and truth values as they are.
 */
export function runData(
  program: DataProgram,
  steps: Iterable<number>,
  load: DataLoader,
): Map<number, Tensor> {
  const wanted = [...steps];
  const values = new Map<number, Numbers>();
  for (const i of [...needed(program, wanted)].sort((a, b) => a - b))
    values.set(i, compute(program.steps[i], values, load));
  return new Map(wanted.map((i) => [i, tensor(values.get(i)!)]));
}

/** The array of a step that needs no data, with the numbers as numpy has them. */
export function computed(
  program: DataProgram,
  at: number,
): Pick<Numbers, "shape" | "dtype"> & { data: number[] } {
  const values = new Map<number, Numbers>();
  for (const i of [...needed(program, [at])].sort((a, b) => a - b))
    values.set(i, compute(program.steps[i], values, notLoaded));
  const x = values.get(at)!;
  return { shape: x.shape, dtype: x.dtype, data: Array.from(elements(x)) };
}
const notLoaded = (): never => {
  throw internal("data is not opened while a snippet is read");
};

function compute(step: DataStep, values: ReadonlyMap<number, Numbers>, load: DataLoader): Numbers {
  switch (step.op) {
    case "dataset":
    case "given":
      return loaded(step, load(step));
    case "constant":
      return { shape: step.shape, dtype: step.dtype, data: step.data, then: [] };
    case "fill":
      return {
        shape: step.shape,
        dtype: step.dtype,
        data: new Float64Array(numel(step.shape)).fill(step.value),
        then: [],
      };
    case "concatenate": {
      const parts = step.parts.map((part) => whole(values.get(part)!));
      return { ...concatenate(parts, step.axis), then: [] };
    }
    case "unknown":
      throw new ModelError({
        code: "python-data",
        message: `The data are changed by a line that is not read: \`${step.text}\`.`,
        at: step.at,
      });
    default:
      return derived(step, values.get(step.of)!);
  }
}

function loaded(source: DataSource, { shape, dtype, data }: Tensor): Numbers {
  const name = source.op === "given" ? source.name : `${source.dataset}'s ${source.part}`;
  if (dtype === "string")
    throw new ModelError({ code: "python-data", message: `${name} holds text, not numbers.` });
  return { shape, dtype, data: data as ArrayLike<number>, then: [] };
}

type Derived = Extract<DataStep, { readonly of: number }>;
function derived(step: Derived, x: Numbers): Numbers {
  switch (step.op) {
    case "index":
      return indexed(x, step.index);
    case "reshape":
      return {
        ...x,
        shape:
          reshaped(x.shape, step.shape) ??
          misfit(`${numel(x.shape)} elements`, `the shape (${step.shape.join(", ")})`),
      };
    case "transpose":
      return { ...transpose(whole(x), step.axes), then: [] };
    case "triangle":
      return { ...triangle(whole(x), step), then: [] };
    case "squeeze":
      return {
        ...x,
        shape:
          squeezed(x.shape, step.axis) ??
          misfit("an axis of size 1", `axis ${step.axis} of (${x.shape.join(", ")})`),
      };
    case "expand_dims":
      return { ...x, shape: expanded(x.shape, step.axis) };
    case "astype":
      return { ...x, dtype: step.dtype, then: [...x.then, wrap(step.dtype)] };
    case "to_categorical":
      return oneHot(x, step.classes, step.dtype);
    case "arithmetic": {
      const dtype = arithmeticType(x.dtype, step);
      return { ...x, dtype, then: [...x.then, operation(x.dtype, dtype, step)] };
    }
  }
}

function misfit(expected: string, received: string): never {
  throw new ModelError({
    code: "python-data",
    message: "An array does not have the size this line needs.",
    expected,
    received,
  });
}

function expanded(shape: readonly number[], axis: number): number[] {
  const at = axis < 0 ? shape.length + 1 + axis : axis;
  if (at < 0 || at > shape.length)
    misfit(`an axis from ${-shape.length - 1} to ${shape.length}`, String(axis));
  return shape.toSpliced(at, 0, 1);
}

/** numpy's basic indexing. Whole rows of the first axis are looked at in place, the rest is copied. */
function indexed(x: Numbers, index: readonly IndexPart[]): Numbers {
  const shape =
    indexedShape(x.shape, index) ?? misfit(`at most ${x.shape.length} indices`, `${index.length}`);
  const axes = axesOf(x.shape, index);
  const whole = axes
    .slice(1)
    .every(({ first, step, length }, i) => first === 0 && step === 1 && length === x.shape[i + 1]);
  const row = numel(x.shape.slice(1));
  if (axes.length > 0 && whole && axes[0].step === 1) {
    const from = axes[0].first * row;
    return { ...x, shape, data: part(x.data, from, from + axes[0].length * row) };
  }
  return { ...x, shape, data: gather(x, axes) };
}
const part = (data: ArrayLike<number>, from: number, to: number): ArrayLike<number> =>
  ArrayBuffer.isView(data)
    ? (data as Float32Array).subarray(from, to)
    : Array.prototype.slice.call(data, from, to);

interface Axis {
  readonly first: number;
  readonly step: number;
  readonly length: number;
}
/** What an index takes of every axis of the array. */
function axesOf(shape: readonly number[], index: readonly IndexPart[]): Axis[] {
  const full = index.some((p) => p.kind === "rest") ? index : [...index, { kind: "rest" } as const];
  const used = full.filter((p) => p.kind === "at" || p.kind === "range").length;
  const out: Axis[] = [];
  for (const p of full) {
    if (p.kind === "new") continue;
    if (p.kind === "rest")
      for (let n = shape.length - used; n > 0; n--)
        out.push({ first: 0, step: 1, length: shape[out.length] });
    else if (p.kind === "range") out.push(rangeLength(shape[out.length], p));
    else out.push({ first: inside(p.at, shape[out.length]), step: 1, length: 1 });
  }
  return out;
}
function inside(at: number, size: number): number {
  const n = at < 0 ? at + size : at;
  return n >= 0 && n < size ? n : misfit(`an index from ${-size} to ${size - 1}`, String(at));
}

function gather(x: Numbers, axes: readonly Axis[]): Float64Array {
  const out = new Float64Array(axes.reduce((n, axis) => n * axis.length, 1));
  const strides = x.shape.map((_, i) => numel(x.shape.slice(i + 1)));
  const at = axes.map(() => 0);
  for (let o = 0; o < out.length; o++) {
    out[o] = x.data[axes.reduce((sum, { first, step }, i) => sum + (first + at[i] * step) * strides[i], 0)];
    for (let i = axes.length - 1; i >= 0 && ++at[i] === axes[i].length; i--) at[i] = 0;
  }
  return out;
}

const whole = (x: Numbers): Numbers => ({ ...x, data: elements(x), then: [] });

/** Elements with what waits for them done. */
function elements(x: Numbers): ArrayLike<number> {
  if (x.then.length === 0) return x.data;
  const out = new Float64Array(x.data.length);
  for (let i = 0; i < out.length; i++) out[i] = applied(x, i);
  return out;
}
function applied({ data, then }: Numbers, i: number): number {
  let v = data[i];
  for (const f of then) v = f(v);
  return v;
}

function oneHot(x: Numbers, classes: number | null, dtype: NumberType): Numbers {
  const labels = elements(x);
  let most = -1;
  for (let i = 0; i < labels.length; i++) most = Math.max(most, labels[i]);
  const count = classes ?? most + 1;
  const base = x.shape.length > 1 && x.shape.at(-1) === 1 ? x.shape.slice(0, -1) : x.shape;
  const data = new Uint8Array(labels.length * count);
  for (let i = 0; i < labels.length; i++) {
    const label = Math.trunc(labels[i]);
    if (!(label >= 0 && label < count)) misfit(`labels from 0 to ${count - 1}`, String(labels[i]));
    data[i * count + label] = 1;
  }
  return { shape: [...base, count], dtype, data, then: [] };
}

const arrays = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array } as const;
const kept: Readonly<Record<NumberType, keyof typeof arrays>> = {
  float64: "float32",
  float32: "float32",
  int64: "int32",
  int32: "int32",
  uint8: "uint8",
  bool: "bool",
};

function tensor(x: Numbers): Tensor {
  const dtype = kept[x.dtype];
  const size = numel(x.shape);
  if (size !== x.data.length)
    throw internal(`an array of shape (${x.shape.join(", ")}) holds ${x.data.length} elements`);
  if (x.then.length === 0 && x.data instanceof arrays[dtype]) return { shape: x.shape, dtype, data: x.data };
  const data = new arrays[dtype](size);
  for (let i = 0; i < size; i++) data[i] = applied(x, i);
  if (dtype === "int32") checkRange(x, data);
  return { shape: x.shape, dtype, data };
}
function checkRange(x: Numbers, data: ArrayLike<number>): void {
  for (let i = 0; i < data.length; i++)
    if (applied(x, i) !== data[i]) misfit("whole numbers below 2147483648", String(applied(x, i)));
}
