import { ModelError } from "../diagnostics.ts";
import { isRecord, show } from "../ir/fields/schema.ts";
import { uniqueNames } from "../ir/names.ts";
import { type DType, formatShape, numel, type Tensor } from "../ir/tensor.ts";

type Typed =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;
/** Numbers in nested arrays, or booleans; every list of a level has the same length. Typed arrays are lists, too. */
export type Nested = number | boolean | readonly Nested[] | Typed;
/** One array of data: a tensor, nested arrays, or a typed array, which has rank 1. */
export type ArrayLike = Tensor | readonly Nested[] | Typed;
/** Data for several inputs or outputs: by name or as a list; a single one stands for itself. */
export type Data = ArrayLike | readonly ArrayLike[] | { readonly [name: string]: ArrayLike };

const DEPTH = 32;
const DTYPES: readonly DType[] = ["float32", "int32", "uint8", "bool", "string"];

/** The array that holds a dtype's elements. */
const KINDS = {
  float32: Float32Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  string: undefined,
} as const satisfies Record<DType, unknown>;

/** Whether a value is a tensor: plain data with shape, dtype and data. */
export const isTensor = (x: unknown): x is Tensor =>
  isRecord(x) && "shape" in x && "dtype" in x && "data" in x;

const isTyped = (x: unknown): x is Typed => ArrayBuffer.isView(x) && !(x instanceof DataView);
const isList = (x: unknown): x is readonly unknown[] | Typed => Array.isArray(x) || isTyped(x);

/** What a value is, in a word. */
function kindOf(x: unknown): string {
  if (Array.isArray(x)) return "an array";
  return typeof x === "object" && x !== null ? x.constructor.name : show(x);
}

const NUMBERS = "numbers or booleans";
function bad(what: string, message: string, expected: string, received: string): ModelError {
  return new ModelError({ code: "bad-data", message: `${what} ${message}.`, expected, received });
}

/** One array as a tensor; `what` names it in errors ("x", "the labels"). Numbers are not copied where they need not be. */
export function toTensor(x: unknown, what: string): Tensor {
  if (isTensor(x)) return checked(x, what);
  if (isTyped(x)) return fromTyped(x, what);
  if (Array.isArray(x)) return fromNested(x, what);
  throw bad(what, "is no data", "a tensor, nested arrays or a typed array", show(x));
}

function checked(x: Tensor, what: string): Tensor {
  if (!DTYPES.includes(x.dtype)) throw bad(what, "has an unknown dtype", DTYPES.join(", "), show(x.dtype));
  const sizes = Array.isArray(x.shape) && x.shape.every((d) => Number.isInteger(d) && d >= 0);
  if (!sizes) throw bad(what, "has a shape that is no list of sizes", "whole numbers from 0", show(x.shape));
  const kinds = KINDS[x.dtype];
  if (!(kinds === undefined ? Array.isArray(x.data) : x.data instanceof kinds)) {
    const expected = kinds?.name ?? "an array of strings";
    throw bad(what, `has the dtype ${x.dtype}, but its data is of another kind`, expected, kindOf(x.data));
  }
  if (x.data.length !== numel(x.shape)) {
    const size = numel(x.shape);
    const said = `has shape ${formatShape(x.shape)} of ${size} elements but ${x.data.length} values`;
    throw bad(what, said, `${size} values`, String(x.data.length));
  }
  if (x.dtype === "string") throw bad(what, "holds strings", NUMBERS, "strings");
  return x;
}

function fromTyped(x: Typed, what: string): Tensor {
  if (x instanceof BigInt64Array || x instanceof BigUint64Array)
    throw bad(what, "holds 64-bit integers", "an Int32Array or a Float32Array", kindOf(x));
  if (x instanceof Float32Array) return { shape: [x.length], dtype: "float32", data: x };
  if (x instanceof Uint8Array) return { shape: [x.length], dtype: "uint8", data: x };
  if (x instanceof Float64Array || x instanceof Uint32Array)
    return { shape: [x.length], dtype: "float32", data: Float32Array.from(x) };
  return { shape: [x.length], dtype: "int32", data: Int32Array.from(x) };
}

function shapeOfNest(x: readonly unknown[], what: string): number[] {
  const shape: number[] = [];
  for (let level: unknown = x; isList(level); level = level[0]) {
    if (shape.length === DEPTH) throw bad(what, "is nested too deeply", `at most ${DEPTH} levels`, "more");
    shape.push(level.length);
  }
  return shape;
}

function fromNested(x: readonly unknown[], what: string): Tensor {
  const shape = shapeOfNest(x, what);
  const data = new Float32Array(numel(shape));
  let at = 0;
  let whole = true;
  let floating = false;
  let logical = data.length > 0;
  const visit = (part: unknown, depth: number): void => {
    if (depth < shape.length) {
      if (!isList(part) || part.length !== shape[depth]) {
        const expected = `${shape[depth]} elements at level ${depth + 1}`;
        throw bad(
          what,
          "has lists of different lengths",
          expected,
          isList(part) ? String(part.length) : show(part),
        );
      }
      for (const one of part) visit(one, depth + 1);
      floating ||= part instanceof Float32Array || part instanceof Float64Array;
      return;
    }
    if (typeof part !== "number" && typeof part !== "boolean")
      throw bad(what, "holds something that is no number", NUMBERS, show(part));
    whole &&= Number.isInteger(part) || typeof part === "boolean";
    logical &&= typeof part === "boolean";
    data[at++] = Number(part);
  };
  visit(x, 0);
  if (logical) return { shape, dtype: "bool", data: Uint8Array.from(data) };
  return whole && !floating && data.length
    ? { shape, dtype: "int32", data: Int32Array.from(data) }
    : { shape, dtype: "float32", data };
}

/** Rows `from` … `to` of a tensor, without a copy. */
export function sliceRows(x: Tensor, from: number, to: number): Tensor {
  const row = numel(x.shape.slice(1));
  const data = (x.data as Float32Array).subarray(from * row, to * row);
  return { shape: [to - from, ...x.shape.slice(1)], dtype: x.dtype, data };
}

/**
 * Data spread over named places (inputs or outputs): a record by name, a list in order, or the one array itself.
 * `undefined` where a record or list leaves one out, which `optional` allows.
 */
export function spread(
  x: unknown,
  names: readonly string[],
  what: string,
  optional = false,
): (Tensor | undefined)[] {
  const wanted =
    names.length === 1 ? `the ${what} ${names[0]}` : `${names.length} ${what}s: ${names.join(", ")}`;
  const named = (k: number): string => `Data for the ${what} ${names[k]}`;
  if (isRecord(x) && !isTensor(x)) {
    const keys = keysOf(x, names);
    const extra = Object.keys(x).filter((key) => !keys.includes(key));
    const given = (name: string): unknown => (Object.hasOwn(x, name) ? x[name] : undefined) ?? undefined;
    const missing = keys.filter((name) => given(name) === undefined);
    if (missing.length && !optional) throw structure(wanted, `no data for ${missing.join(", ")}`);
    if (extra.length && (optional || keys.length === missing.length))
      throw structure(wanted, `data for ${extra.join(", ")}`);
    return keys.map((name, k) => (given(name) === undefined ? undefined : toTensor(given(name), named(k))));
  }
  if (names.length === 1) return [toTensor(isListOfOne(x) ? x[0] : x, named(0))];
  if (!Array.isArray(x) || x.length !== names.length) {
    throw structure(wanted, Array.isArray(x) ? `a list of ${x.length}` : "one array");
  }
  return x.map((part, k) =>
    (part === null || part === undefined) && optional ? undefined : toTensor(part, named(k)),
  );
}
/** Places of one name share one array, as in Keras, or are told apart by number where a record does. */
const keysOf = (x: object, names: readonly string[]): readonly string[] =>
  Object.keys(x).every((key) => names.includes(key)) ? names : uniqueNames(names);

const isListOfOne = (x: unknown): x is readonly [unknown] =>
  Array.isArray(x) && x.length === 1 && (isTensor(x[0]) || ArrayBuffer.isView(x[0]));

/** A single typed array in a list is one sample where a sample is a row of its length, else the list of one array. */
export const rowOf = (x: unknown, length: number | null | undefined): unknown =>
  Array.isArray(x) && x.length === 1 && isTyped(x[0]) && x[0].length > 1 && x[0].length === length
    ? toTensor(x, "The data")
    : x;

function structure(expected: string, received: string): ModelError {
  return new ModelError({
    code: "data-structure",
    message: "The data does not match the model.",
    expected,
    received,
  });
}
