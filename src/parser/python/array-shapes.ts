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

/** Shape without these axes, or with them of size 1; undefined where an axis is not there. */
export function reducedShape(shape: Shape, axes: Shape, keepdims: boolean): number[] | undefined {
  const at = axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
  if (at.some((axis) => axis < 0 || axis >= shape.length)) return undefined;
  const kept = shape.map((n, i) => (at.includes(i) ? 1 : n));
  return keepdims ? kept : kept.filter((_, i) => !at.includes(i));
}

/** What arrays of these shapes give together; undefined where they do not fit. */
export function broadcastShape(a: Shape, b: Shape): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const [x, y] = [a, b].map((shape) => [...Array.from({ length: rank - shape.length }, () => 1), ...shape]);
  return x.every((n, i) => n === y[i] || n === 1 || y[i] === 1)
    ? x.map((n, i) => (n === 1 ? y[i] : n))
    : undefined;
}
