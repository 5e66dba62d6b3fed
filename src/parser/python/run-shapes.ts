import { ModelError } from "../../diagnostics.ts";
import { numel } from "../../ir/tensor.ts";
import type { NumberType } from "../training-spec.ts";
import { permuted } from "./array-shapes.ts";

interface Plain {
  readonly shape: readonly number[];
  readonly dtype: NumberType;
  readonly data: ArrayLike<number>;
}

function misfit(expected: string, received: string): never {
  throw new ModelError({
    code: "python-data",
    message: "Arrays do not have the shapes that this line needs.",
    expected,
    received,
  });
}

/** numpy's transpose. */
export function transpose({ shape, dtype, data }: Plain, axes: readonly number[] | null): Plain {
  const order = axes ?? shape.map((_, i) => shape.length - 1 - i);
  const out = permuted(shape, axes) ?? misfit(`an order of ${shape.length} axes`, `(${order.join(", ")})`);
  const strides = shape.map((_, i) => numel(shape.slice(i + 1)));
  const made = new Float64Array(data.length);
  const at = out.map(() => 0);
  for (let o = 0; o < made.length; o++) {
    made[o] = data[at.reduce((sum, n, i) => sum + n * strides[order[i]], 0)];
    for (let i = at.length - 1; i >= 0 && ++at[i] === out[i]; i--) at[i] = 0;
  }
  return { shape: out, dtype, data: made };
}

/** numpy's tril and triu. */
export function triangle(
  x: Plain,
  { part, diagonal }: { readonly part: "lower" | "upper"; readonly diagonal: number },
): Plain {
  const [rows, columns] = x.shape.slice(-2);
  if (columns === undefined) misfit("an array of two axes or more", `(${x.shape.join(", ")})`);
  const isKept = (row: number, column: number): boolean =>
    part === "lower" ? column - row <= diagonal : column - row >= diagonal;
  const data = Float64Array.from(x.data, (v, k) =>
    isKept(Math.floor(k / columns) % rows, k % columns) ? v : 0,
  );
  return { ...x, data };
}

/** numpy's concatenate. */
export function concatenate(parts: readonly Plain[], axis: number): Plain {
  const [{ shape }] = parts;
  const at = axis < 0 ? axis + shape.length : axis;
  const fits = (other: readonly number[]): boolean =>
    other.length === shape.length &&
    at >= 0 &&
    at < shape.length &&
    other.every((n, i) => i === at || n === shape[i]);
  for (const part of parts)
    if (!fits(part.shape)) misfit(`(${shape.join(", ")})`, `(${part.shape.join(", ")})`);
  const size = parts.reduce((sum, part) => sum + part.shape[at], 0);
  const rows = numel(shape.slice(0, at));
  const data = new Float64Array(rows * size * numel(shape.slice(at + 1)));
  let o = 0;
  for (let row = 0; row < rows; row++)
    for (const part of parts) {
      const length = part.data.length / (rows || 1);
      for (let i = 0; i < length; i++) data[o++] = part.data[row * length + i];
    }
  return { shape: shape.with(at, size), dtype: parts.map((part) => part.dtype).reduce(common), data };
}

const order: readonly NumberType[] = ["bool", "uint8", "int32", "int64", "float32", "float64"];
/** The type that holds both; float32 does not hold whole numbers of 32 bits and more. */
function common(a: NumberType, b: NumberType): NumberType {
  const [low, high] = order.indexOf(a) < order.indexOf(b) ? [a, b] : [b, a];
  return high === "float32" && low.startsWith("int") ? "float64" : high;
}
