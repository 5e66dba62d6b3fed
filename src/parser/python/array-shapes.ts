import type { DataValue } from "./values.ts";
import type { World } from "./world.ts";

type Shape = readonly number[];

/** Shape with its axes in another order, turned round where none is given; undefined where it does not fit. */
export function permuted(shape: Shape, axes: Shape | null): number[] | undefined {
  const order = axes ?? shape.map((_, i) => shape.length - 1 - i);
  const fits = order.length === shape.length && new Set(order).size === order.length;
  return fits && order.every((i) => i < shape.length) ? order.map((i) => shape[i]) : undefined;
}

/** Shape without its axes of size 1, or without one of them; undefined where it has another size. */
export function squeezed(shape: Shape, axis: number | null): number[] | undefined {
  if (axis === null) return shape.filter((n) => n !== 1);
  const at = axis < 0 ? axis + shape.length : axis;
  return shape[at] === 1 ? shape.toSpliced(at, 1) : undefined;
}

/** The array with a shape that became known. */
export function fill(w: World, data: DataValue, shape: Shape | undefined): DataValue {
  if (shape === undefined) return data;
  const made = { ...data, shape };
  w.arrays.push(made);
  return made;
}
