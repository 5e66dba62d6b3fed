import type { Builder } from "./builder.ts";
import type { Einsum, Node, Sizes, Window } from "./graph.ts";

/*
 * The gradient of `window`, in gather form: every element is the sum of the taps that read it, so that nothing is
 * scattered. With stride s the elements fall into s phases, each a window of its own with stride 1; the phases are
 * woven together at the end. A product is folded before it is made: it becomes a product with windows of its operand.
 */

/** Σ over all windows and taps that show an element; `y` has the shape that `window` gives, `shape` the one it was given. */
export function foldWindows(b: Builder, y: Node, shape: Sizes, windows: readonly Window[]): Node {
  const sorted = [...windows].sort((p, q) => p.axis - q.axis);
  const product = asProduct(y, sorted);
  if (product) return foldProduct(b, product, shape, sorted);
  return sorted.reduceRight((x, w, k) => foldAxis(b, x, w, w.axis + k, shape[w.axis] as number), y);
}

/** Taps of one window that reach elements `phase`, `phase + stride` …: element q is read by window q + offset. */
interface Reach {
  readonly tap: number;
  readonly offset: number;
}
function reaching(w: Window, phase: number): Reach[] {
  const taps = Array.from({ length: w.taps }, (_, tap) => ({
    tap,
    offset: (phase - w.start - tap * w.dilation) / w.stride,
  }));
  return taps.filter(({ offset }) => Number.isInteger(offset));
}
const phases = (w: Window): number[] => Array.from({ length: w.stride }, (_, phase) => phase);

/** Zeros so that every phase finds all the windows it asks for. */
function margins(w: Window, size: number): { before: number; after: number; count: number } {
  const offsets = phases(w).flatMap((phase) => reaching(w, phase).map((r) => r.offset));
  const count = Math.ceil(size / w.stride);
  const [low, high] = [Math.min(0, ...offsets), Math.max(...offsets) + count - w.size];
  return { before: -low, after: Math.max(0, high), count };
}

/** [..., windows, taps, ...] at `axis` → [..., size, ...]. */
function foldAxis(b: Builder, y: Node, w: Window, axis: number, size: number): Node {
  const without = (count: number): Sizes =>
    y.shape.flatMap((d, k) => (k === axis ? [count] : k === axis + 1 ? [] : [d]));
  if (w.stride === w.taps && w.dilation === 1) {
    const covered = w.size * w.taps;
    const flat = b.reshape(y, without(covered));
    const kept = b.slice(flat, axis, 0, Math.min(covered, size - w.start));
    return b.pad(kept, [{ axis, before: w.start, after: Math.max(0, size - w.start - covered) }]);
  }
  const { before, after, count } = margins(w, size);
  const padded = b.pad(y, [{ axis, before, after }]);
  const parts = phases(w).map((phase) => {
    const terms = reaching(w, phase).map(({ tap, offset }) =>
      b.reshape(
        b.slice(b.slice(padded, axis, offset + before, offset + before + count), axis + 1, tap, tap + 1),
        without(count),
      ),
    );
    return terms.length ? terms.reduce((p, q) => b.add(p, q)) : zeros(b, without(count));
  });
  return weave(b, parts, axis, size);
}

const zeros = (b: Builder, shape: Sizes): Node =>
  b.expand(
    b.reshape(
      b.const(0),
      shape.map(() => 1),
    ),
    shape,
  );

/** Phases 0, 1, … of an axis in turn. */
function weave(b: Builder, parts: readonly Node[], axis: number, size: number): Node {
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

/** A product one of whose operands has the windows, the other the taps. */
interface Product {
  readonly data: Node;
  readonly dataLetters: string;
  readonly taps: Node;
  readonly tapLetters: string;
  readonly out: string;
}

function asProduct(y: Node, windows: readonly Window[]): Product | undefined {
  if (y.op !== "einsum") return undefined;
  const { a, b: second, out } = y.attrs as Einsum;
  const pairs = windows.map((w, k) => [out[w.axis + k], out[w.axis + k + 1]]);
  const apart = (data: string, taps: string): boolean =>
    pairs.every(([w, t]) => data.includes(w) && !data.includes(t) && taps.includes(t) && !taps.includes(w));
  const [x, z] = y.in;
  if (apart(a, second)) return { data: x, dataLetters: a, taps: z, tapLetters: second, out };
  if (apart(second, a)) return { data: z, dataLetters: second, taps: x, tapLetters: a, out };
  return undefined;
}

function foldProduct(b: Builder, p: Product, shape: Sizes, windows: readonly Window[]): Node {
  const letters = windows.map((w, k) => ({ window: p.out[w.axis + k], tap: p.out[w.axis + k + 1] }));
  const bounds = windows.map((w) => margins(w, shape[w.axis] as number));
  const padded = b.pad(
    p.data,
    windows.map((_, k) => ({ axis: p.dataLetters.indexOf(letters[k].window), ...bounds[k] })),
  );
  const one = (reaches: readonly Reach[][]): Node => {
    const data = b.window(
      padded,
      reaches.map((reach, k) => ({
        axis: p.dataLetters.indexOf(letters[k].window),
        size: bounds[k].count,
        taps: reach.length,
        stride: 1,
        dilation: reach.length > 1 ? reach[1].offset - reach[0].offset : 1,
        start: bounds[k].before + reach[0].offset,
      })),
    );
    const split = [...p.dataLetters]
      .map((l) => l + (letters.find((x) => x.window === l)?.tap ?? ""))
      .join("");
    const taps = reaches.reduce(
      (x, reach, k) => someTaps(b, x, p.tapLetters.indexOf(letters[k].tap), reach),
      p.taps,
    );
    const out = [...p.out].filter((l) => !letters.some((x) => x.tap === l)).join("");
    return b.einsum(data, taps, { a: split, b: p.tapLetters, out });
  };
  const folded = shape.map((d, k) => {
    const at = windows.findIndex((w) => w.axis === k);
    return at < 0 ? d : bounds[at].count;
  });
  const from = (k: number, chosen: readonly Reach[][]): Node => {
    if (k === windows.length) return chosen.every((r) => r.length > 0) ? one(chosen) : zeros(b, folded);
    const w = windows[k];
    const parts = phases(w).map((phase) => from(k + 1, [...chosen, reaching(w, phase)]));
    return weave(b, parts, w.axis, shape[w.axis] as number);
  };
  return from(0, []);
}

/** Every so-manieth tap of a kernel. */
function someTaps(b: Builder, x: Node, axis: number, reach: readonly Reach[]): Node {
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
