import type { Builder } from "../../builder.ts";
import type { Node } from "../../graph.ts";
import type { Dim } from "../../tensor.ts";

export type Padding = "valid" | "same" | "causal";

/** How a window of several taps goes along one axis. */
export interface Sweep {
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
}

/** A sweep for each axis of a layer's options. */
export function sweepsOf(c: {
  readonly kernel_size: readonly number[];
  readonly strides: readonly number[];
  readonly dilation_rate: readonly number[];
}): Sweep[] {
  const { kernel_size, strides, dilation_rate } = c;
  return kernel_size.map((taps, k) => ({ taps, stride: strides[k], dilation: dilation_rate[k] }));
}

/** Elements from the first tap of a window to its last. */
export const span = ({ taps, dilation }: Sweep): number => (taps - 1) * dilation + 1;

/** How many windows there are along an axis; below 1 where not even one fits. */
export function windowCount(size: Dim, sweep: Sweep, padding: Padding): Dim {
  if (size === null) return null;
  if (padding !== "valid") return Math.ceil(size / sweep.stride);
  return Math.floor((size - span(sweep)) / sweep.stride) + 1;
}

/** What is put around an axis first; an odd one goes to the end, as in TensorFlow. */
export function margins(size: number, sweep: Sweep, padding: Padding): { before: number; after: number } {
  if (padding === "valid") return { before: 0, after: 0 };
  if (padding === "causal") return { before: span(sweep) - 1, after: 0 };
  const covered = (Math.ceil(size / sweep.stride) - 1) * sweep.stride + span(sweep);
  const total = Math.max(covered - size, 0);
  const before = Math.floor(total / 2);
  return { before, after: total - before };
}

/** Letters of an einsum for the axes after the batch and for their taps: as many as Keras's layers have axes. */
const AXES = "hwd";
const TAPS = "ijk";
/** The batch's letter. */
export const BATCH = "n";

/** Axes whose elements are seen alone, one after the other, need no windows. */
export const looksAround = (sweep: Sweep): boolean => sweep.taps > 1 || sweep.stride > 1;

/** The letters of the windows and of the taps, those axes left out that need none. */
export interface Letters {
  readonly windows: string;
  readonly taps: string;
  /** Windows, each followed by its taps. */
  readonly both: string;
}
export function lettersOf(sweeps: readonly Sweep[]): Letters {
  const tap = (k: number): string => (looksAround(sweeps[k]) ? TAPS[k] : "");
  const axes = sweeps.map((_, k) => k);
  return {
    windows: BATCH + AXES.slice(0, sweeps.length),
    taps: axes.map(tap).join(""),
    both: BATCH + axes.map((k) => AXES[k] + tap(k)).join(""),
  };
}

/** The windows of the axes after the batch; the axes after these stay. `value` is what is put around. */
export function windowed(b: Builder, x: Node, sweeps: readonly Sweep[], padding: Padding, value = 0): Node {
  const sizes = sweeps.map((_, k) => x.shape[k + 1] as number);
  const pads = sweeps.map((sweep, k) => ({ axis: k + 1, ...margins(sizes[k], sweep, padding) }));
  const windows = sweeps.flatMap((sweep, k) =>
    looksAround(sweep)
      ? [{ ...sweep, axis: k + 1, size: windowCount(sizes[k], sweep, padding)!, start: 0 }]
      : [],
  );
  const padded = b.pad(x, pads, value);
  return windows.length ? b.window(padded, windows) : padded;
}

/** A kernel without the axes that have no windows; `rest` is the shape of its others. */
export function tapsOf(b: Builder, kernel: Node, sweeps: readonly Sweep[], rest: readonly number[]): Node {
  return b.reshape(kernel, [...sweeps.filter(looksAround).map((sweep) => sweep.taps), ...rest]);
}
