import type { Builder } from "../../builder.ts";
import type { DataFormat } from "../../fields/data-format.ts";
import { isRecord } from "../../fields/schema.ts";
import type { Ends } from "../../fields/per-axis.ts";
import type { Node } from "../../graph.ts";
import type { Misfit } from "../../layer.ts";
import { type Dim, formatShape, type Shape } from "../../tensor.ts";

/** The first axis that is neither batch nor channels. */
export const firstAxis = (format: DataFormat): number => (format === "channels_last" ? 1 : 2);

/** The shape with each of `rank` axes given by what it was; `misfit` where the input has another rank. */
export function resized(
  x: Shape,
  format: DataFormat,
  rank: number,
  misfit: Misfit,
  size: (d: number, k: number) => number,
): Shape {
  if (x.length !== rank + 2) misfit(`${rank + 2} dimensions, the batch first`, `shape ${formatShape(x)}`);
  const first = firstAxis(format);
  const inside = (k: number): boolean => k >= first && k < first + rank;
  return x.map((d, k): Dim => (d !== null && inside(k) ? size(d, k - first) : d));
}

/** The shape after cropping; `misfit` where nothing would be left. */
export function croppedShape(x: Shape, format: DataFormat, ends: readonly Ends[], misfit: Misfit): Shape {
  const shape = resized(x, format, ends.length, misfit, (d, k) => d - ends[k][0] - ends[k][1]);
  if (shape.some((d) => d !== null && d < 1))
    misfit(`sizes above what cropping ${JSON.stringify(ends)} takes`, `shape ${formatShape(x)}`);
  return shape;
}
export function cropped(b: Builder, x: Node, format: DataFormat, ends: readonly Ends[]): Node {
  const first = firstAxis(format);
  return ends.reduce((y, [before, after], k) => {
    const size = y.shape[first + k] as number;
    return b.slice(y, first + k, before, size - after);
  }, x);
}

/** The shape after padding. */
export const paddedShape = (x: Shape, format: DataFormat, ends: readonly Ends[], misfit: Misfit): Shape =>
  resized(x, format, ends.length, misfit, (d, k) => d + ends[k][0] + ends[k][1]);
export function padded(b: Builder, x: Node, format: DataFormat, ends: readonly Ends[]): Node {
  const first = firstAxis(format);
  return b.pad(
    x,
    ends.map(([before, after], k) => ({ axis: first + k, before, after })),
  );
}

/** What Keras 1 padded an axis with, from a record in which a side left out is 0. */
export const sidesOf =
  (before: string, after: string) =>
  (given: unknown): unknown =>
    isRecord(given) ? [given[before] ?? 0, given[after] ?? 0] : given;

/** Every element of an axis several times, one after the other. */
export function repeated(b: Builder, x: Node, axis: number, times: number): Node {
  if (times === 1) return x;
  const [before, after] = [x.shape.slice(0, axis + 1), x.shape.slice(axis + 1)];
  const each = b.expand(b.reshape(x, [...before, 1, ...after]), [...before, times, ...after]);
  return b.reshape(each, [...x.shape.slice(0, axis), (x.shape[axis] as number) * times, ...after]);
}
