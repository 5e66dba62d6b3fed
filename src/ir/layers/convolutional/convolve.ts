import type { Builder } from "../../builder.ts";
import type { Node } from "../../graph.ts";
import { foldWindows } from "../../windows.ts";
import { lettersOf, looksAround, type Padding, span, type Sweep, tapsOf, windowed } from "./windows.ts";

/** Σ over taps and channels: [n, …, channels] and [taps…, channels / groups, filters] → [n, …, filters]. */
export function convolve(
  b: Builder,
  x: Node,
  kernel: Node,
  sweeps: readonly Sweep[],
  padding: Padding,
  groups = 1,
): Node {
  const [channels, filters] = kernel.shape.slice(-2) as number[];
  const { windows, taps, both } = lettersOf(sweeps);
  if (groups === 1) {
    const weights = tapsOf(b, kernel, sweeps, [channels, filters]);
    const seen = windowed(b, x, sweeps, padding);
    return b.einsum(seen, weights, { a: `${both}c`, b: `${taps}co`, out: `${windows}o` });
  }
  const weights = tapsOf(b, kernel, sweeps, [channels, groups, filters / groups]);
  const seen = windowed(b, b.reshape(x, [...x.shape.slice(0, -1), groups, channels]), sweeps, padding);
  const y = b.einsum(seen, weights, { a: `${both}gc`, b: `${taps}cgo`, out: `${windows}go` });
  return b.reshape(y, [...y.shape.slice(0, -2), filters]);
}

/** Σ over taps, every channel alone: [n, …, c] and [taps…, c, m] → [n, …, c · m]. */
export function convolveDepthwise(
  b: Builder,
  x: Node,
  kernel: Node,
  sweeps: readonly Sweep[],
  padding: Padding,
): Node {
  const [channels, multiplier] = kernel.shape.slice(-2) as number[];
  const { windows, taps, both } = lettersOf(sweeps);
  const seen = windowed(b, x, sweeps, padding);
  if (multiplier === 1) {
    const weights = tapsOf(b, kernel, sweeps, [channels]);
    return b.einsum(seen, weights, { a: `${both}c`, b: `${taps}c`, out: `${windows}c` });
  }
  const weights = tapsOf(b, kernel, sweeps, [channels, multiplier]);
  const y = b.einsum(seen, weights, { a: `${both}c`, b: `${taps}cm`, out: `${windows}cm` });
  return b.reshape(y, [...y.shape.slice(0, -2), channels * multiplier]);
}

/**
 * What a convolution's gradient does, as a forward pass: every element spreads its kernel, and where kernels meet they
 * add up. [n, …, channels] and [taps…, filters, channels] → [n, sizes…, filters], `leads` elements cut off before.
 */
export function convolveTransposed(
  b: Builder,
  x: Node,
  kernel: Node,
  sweeps: readonly Sweep[],
  sizes: readonly number[],
  leads: readonly number[],
): Node {
  const [filters, channels] = kernel.shape.slice(-2) as number[];
  const { windows, taps, both } = lettersOf(sweeps);
  const spread = b.einsum(x, tapsOf(b, kernel, sweeps, [filters, channels]), {
    a: `${windows}c`,
    b: `${taps}oc`,
    out: `${both}o`,
  });
  const places = sweeps.flatMap((sweep, k) =>
    looksAround(sweep) ? [{ ...sweep, axis: k + 1, size: x.shape[k + 1] as number, start: -leads[k] }] : [],
  );
  return places.length ? foldWindows(b, spread, [x.shape[0], ...sizes, filters], places) : spread;
}

/** Size of a transposed convolution along one axis, and how many elements before are cut off. */
export function transposedSize(
  size: number,
  sweep: Sweep,
  padding: "valid" | "same",
  output_padding: number | null,
): { size: number; lead: number } {
  const reach = span(sweep);
  const whole = (size - 1) * sweep.stride + reach;
  if (padding === "valid")
    return { size: whole + (output_padding ?? Math.max(sweep.stride - reach, 0)), lead: 0 };
  const cut = output_padding === null ? size * sweep.stride : whole - reach + (reach % 2) + output_padding;
  return { size: cut, lead: Math.floor(Math.max(whole - cut, 0) / 2) };
}
