/** Element types a user meets. Computation is in float32. */
export type DType = "float32" | "int32" | "uint8" | "bool" | "string";

/** A tensor is plain data, row-major. bool is one byte an element. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: Float32Array | Int32Array | Uint8Array | string[];
}

/** What models give, but where an operation makes whole numbers or truth values of it: those are `Tensor`s. */
export interface FloatTensor extends Tensor {
  readonly dtype: "float32";
  readonly data: Float32Array<ArrayBuffer>;
}

/** A dimension as Keras prints it: null is the batch or another size not known before data arrives. */
export type Dim = number | null;
export type Shape = readonly Dim[];

/** Number of elements. */
export const numel = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** An axis counted from the front; negative ones count from the end. */
export const axisOf = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** `(None, 28, 28)`; `(None,)` for rank one; as Python prints a tuple. */
export function formatShape(shape: Shape): string {
  const parts = shape.map((d) => (d === null ? "None" : String(d)));
  return parts.length === 1 ? `(${parts[0]},)` : `(${parts.join(", ")})`;
}

/** A nest as Keras has them: one value, a list of nests, or a record of nests. */
export type Nest<T> = T | readonly Nest<T>[] | { readonly [key: string]: Nest<T> };
