import { activate, activatedShape } from "../../activate.ts";
import type { Builder } from "../../builder.ts";
import type { ActivationConfig } from "../../config.ts";
import type { DataFormat } from "../../fields/data-format.ts";
import type { Node } from "../../graph.ts";
import type { Misfit } from "../../layer.ts";
import { type Dim, formatShape, type Shape } from "../../tensor.ts";

/** The options that say in which order axes come. */
export interface Format {
  readonly data_format: DataFormat;
}

/** A shape with its channels as the last axis. */
export const lastShape = (c: Format, x: Shape): Shape =>
  c.data_format === "channels_last" ? x : [x[0], ...x.slice(2), x[1]];
/** A shape with its channels last as the layer's own order has it. */
export const ownShape = (c: Format, x: Shape): Shape =>
  c.data_format === "channels_last" ? x : [x[0], x.at(-1)!, ...x.slice(1, -1)];

/** A view with the channels as the last axis. */
export function channelsLast(b: Builder, c: Format, x: Node): Node {
  const axes = x.shape.map((_, k) => k);
  return c.data_format === "channels_last" ? x : b.permute(x, [0, ...axes.slice(2), 1]);
}
/** The layer's own order again. */
export function ownOrder(b: Builder, c: Format, x: Node): Node {
  const last = x.shape.length - 1;
  const axes = x.shape.map((_, k) => k);
  return c.data_format === "channels_last" ? x : b.permute(x, [0, last, ...axes.slice(1, -1)]);
}

/** The input's shape with its channels last; `misfit` where it has another rank. */
export function imageShape(c: Format, rank: number, x: Shape, misfit: Misfit): Shape {
  if (x.length !== rank + 2) misfit(`${rank + 2} dimensions, the batch first`, `shape ${formatShape(x)}`);
  return lastShape(c, x);
}
/** The same, with its number of channels, which weights are made for. */
export function channelShape(c: Format, rank: number, x: Shape, misfit: Misfit): [Shape, number] {
  const shape = imageShape(c, rank, x, misfit);
  const channels = shape.at(-1) ?? null;
  return [shape, channels ?? misfit("a known number of channels", `shape ${formatShape(x)}`)];
}
/** Number of channels of an input whose shape was checked. */
export const channelsOf = (c: Format, x: Shape): number => lastShape(c, x).at(-1)!;

interface Finish extends Format {
  readonly activation: ActivationConfig;
}
/** What a convolution gives for `x`, whose own axes become `sizes`; `misfit` where one would be empty. */
export function finishedShape(
  c: Finish,
  x: Shape,
  sizes: readonly Dim[],
  filters: number,
  misfit: Misfit,
): Shape {
  const shape = ownShape(c, [x[0], ...sizes, filters]);
  const hint = `The output would have shape ${formatShape(shape)}.`;
  if (sizes.some((d) => d !== null && d < 1))
    misfit("sizes that the kernel fits into", `shape ${formatShape(x)}`, hint);
  return activatedShape(c.activation, shape, misfit);
}
/** Bias, the layer's own order, and its activation, which may depend on that order. */
export function finish(b: Builder, c: Finish, y: Node, bias: Node | undefined): Node {
  return activate(b, ownOrder(b, c, bias ? b.add(y, bias) : y), c.activation);
}
