import type { Builder } from "./builder.ts";
import type { Node, Sizes, Window } from "./graph.ts";

/*
 * Windows seen from their elements: with stride s the elements of an axis fall into s phases. The elements of one
 * phase are read by the same taps, of windows in a row, so that a phase is a window of its own with stride 1.
 */

/** Taps of one window that reach elements `phase`, `phase + stride` …: element q is read by window q + offset. */
export interface Reach {
  readonly tap: number;
  readonly offset: number;
}
export function reaching(w: Window, phase: number): Reach[] {
  const taps = Array.from({ length: w.taps }, (_, tap) => ({
    tap,
    offset: (phase - w.start - tap * w.dilation) / w.stride,
  }));
  return taps.filter(({ offset }) => Number.isInteger(offset));
}
export const phases = (w: Window): number[] => Array.from({ length: w.stride }, (_, phase) => phase);

/** Borders so that every phase finds all the windows it asks for, and how many elements a phase has. */
export interface Margins {
  readonly before: number;
  readonly after: number;
  readonly count: number;
}
export function margins(w: Window, size: number): Margins {
  const offsets = phases(w).flatMap((phase) => reaching(w, phase).map((r) => r.offset));
  const count = Math.ceil(size / w.stride);
  const [low, high] = [Math.min(0, ...offsets), Math.max(...offsets) + count - w.size];
  return { before: -low, after: Math.max(0, high), count };
}

/** The windows of what lies along an axis of windows, bordered by `margins`, as one phase's elements read them. */
export function reachedBy(axis: number, reach: readonly Reach[], bounds: Margins): Window {
  return {
    axis,
    size: bounds.count,
    taps: reach.length,
    stride: 1,
    dilation: reach.length > 1 ? reach[1].offset - reach[0].offset : 1,
    start: bounds.before + reach[0].offset,
  };
}
/** Every so-manieth tap of a kernel. */
export function someTaps(b: Builder, x: Node, axis: number, reach: readonly Reach[]): Node {
  if (reach.length === x.shape[axis]) return x;
  const stride = reach.length > 1 ? reach[1].tap - reach[0].tap : 1;
  const picked = b.window(x, [
    { axis, size: reach.length, taps: 1, stride, dilation: 1, start: reach[0].tap },
  ]);
  return b.reshape(
    picked,
    x.shape.map((d, k) => (k === axis ? reach.length : d)),
  );
}

export const zeros = (b: Builder, shape: Sizes): Node =>
  b.expand(
    b.reshape(
      b.const(0),
      shape.map(() => 1),
    ),
    shape,
  );

/** Phases 0, 1, … of an axis in turn. */
export function weave(b: Builder, parts: readonly Node[], axis: number, size: number): Node {
  if (parts.length === 1) return parts[0];
  const { shape } = parts[0];
  const apart = [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)];
  const together = b.concat(
    parts.map((x) => b.reshape(x, apart)),
    axis + 1,
  );
  const whole = shape.map((d, k) => (k === axis ? (d as number) * parts.length : d));
  return b.slice(b.reshape(together, whole), axis, 0, size);
}

/** A tensor of `shape` from its phases along every windowed axis: `one` makes those that these taps reach. */
export function byPhases(
  b: Builder,
  shape: Sizes,
  windows: readonly Window[],
  one: (reaches: readonly Reach[][]) => Node,
): Node {
  const ofPhase = shape.map((d, k) => {
    const w = windows.find((x) => x.axis === k);
    return w ? Math.ceil((d as number) / w.stride) : d;
  });
  const from = (chosen: readonly Reach[][]): Node => {
    if (chosen.length === windows.length)
      return chosen.every((r) => r.length > 0) ? one(chosen) : zeros(b, ofPhase);
    const w = windows[chosen.length];
    const parts = phases(w).map((phase) => from([...chosen, reaching(w, phase)]));
    return weave(b, parts, w.axis, shape[w.axis] as number);
  };
  return from([]);
}
