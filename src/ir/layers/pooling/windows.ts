import type { Builder } from "../../builder.ts";
import { keras1, nullable, oneOf } from "../../fields.ts";
import { type DataFormat, dataFormat } from "../../fields/data-format.ts";
import { perAxis } from "../../fields/per-axis.ts";
import type { Node } from "../../graph.ts";
import type { Misfit } from "../../layer.ts";
import { type Dim, formatShape, type Shape } from "../../tensor.ts";
import { looksAround, margins, type Sweep, windowCount } from "../convolutional/windows.ts";

interface Pool {
  readonly pool_size: readonly number[];
  readonly strides: readonly number[] | null;
  readonly padding: "valid" | "same";
  readonly data_format: DataFormat;
}

/** Options of max and average pooling besides the size of a window. */
export const poolFields = (rank: number) => ({
  strides: keras1(rank === 1 ? "stride" : "strides", nullable(perAxis(rank, undefined), { floats: true })),
  padding: keras1("border_mode", oneOf(["valid", "same"], "valid")),
  data_format: dataFormat(),
});

/** Without strides one window begins where the one before ends. */
export const withStrides = <C extends Pool>(c: C): C => ({ ...c, strides: c.strides ?? c.pool_size });

/** The axes that windows go along. */
export function spatialAxes(data_format: DataFormat, rank: number): number[] {
  const first = data_format === "channels_last" ? 1 : 2;
  return Array.from({ length: rank }, (_, k) => first + k);
}

/** One windowed axis of an input. */
interface Axis {
  readonly axis: number;
  readonly sweep: Sweep;
}
const axesOf = (c: Pool): Axis[] =>
  spatialAxes(c.data_format, c.pool_size.length).map((axis, k) => ({
    axis,
    sweep: { taps: c.pool_size[k], stride: c.strides![k], dilation: 1 },
  }));

const counted = <D extends Dim>(c: Pool, x: readonly D[]): (D | Dim)[] =>
  axesOf(c).reduce<(D | Dim)[]>(
    (shape, { axis, sweep }) => shape.with(axis, windowCount(x[axis], sweep, c.padding)),
    [...x],
  );

/** The shape with as many elements along an axis as there are windows; `misfit` where not even one fits. */
export function pooledShape(c: Pool, x: Shape, misfit: Misfit): Shape {
  const rank = c.pool_size.length + 2;
  if (x.length !== rank) misfit(`${rank} dimensions, the batch first`, `shape ${formatShape(x)}`);
  const shape = counted(c, x);
  if (shape.some((d) => d !== null && d < 1))
    misfit(`at least ${c.pool_size.join(" × ")} elements, as a window has`, `shape ${formatShape(x)}`);
  return shape;
}

/** Folds every window; `border` is what is put around first. */
export function fold(
  b: Builder,
  c: Pool,
  x: Node,
  border: number,
  by: (seen: Node, taps: readonly number[]) => Node,
): Node {
  const axes = axesOf(c);
  const sizes = x.shape as readonly number[];
  const pads = axes.map(({ axis, sweep }) => ({ axis, ...margins(sizes[axis], sweep, c.padding) }));
  const windows = axes
    .filter(({ sweep }) => looksAround(sweep))
    .map(({ axis, sweep }) => ({
      axis,
      ...sweep,
      size: windowCount(sizes[axis], sweep, c.padding)!,
      start: 0,
    }));
  if (windows.length === 0) return x;
  const folded = by(
    b.window(b.pad(x, pads, border), windows),
    windows.map((w, k) => w.axis + k + 1),
  );
  const rest = folded.shape.filter((_, axis) => !windows.some((w, k) => w.axis + k + 1 === axis));
  return b.reshape(folded, rest);
}

/** How many elements of the input each window shows: what was put around does not count. */
export function shown(b: Builder, c: Pool, x: Node): Node | number {
  const factors = axesOf(c).map(({ axis, sweep: { taps, stride }, sweep }) => {
    const size = x.shape[axis] as number;
    const { before, after } = margins(size, sweep, c.padding);
    if (before + after === 0) return taps;
    const start = b.sub(b.mul(b.iota(windowCount(size, sweep, c.padding)!), stride), before);
    const count = b.sub(b.min(b.add(start, taps), size), b.max(start, 0));
    return b.reshape(
      count,
      x.shape.map((_, k) => (k === axis ? count.shape[0] : 1)),
    );
  });
  return factors.reduce((p, q) => (typeof p === "number" && typeof q === "number" ? p * q : b.mul(p, q)));
}
