import type { Builder } from "./builder.ts";
import type { Einsum, Node, Sizes, Window } from "./graph.ts";
import { byPhases, margins, phases, reachedBy, reaching, someTaps, weave, zeros } from "./window-phases.ts";
import { asSpread, foldSpread } from "./window-spread.ts";

/*
 * The gradient of `window`, in gather form: every element is the sum of the taps that read it, so that nothing is
 * scattered. A product is folded before it is made: it becomes a product with windows of its operand. So is what
 * windows pass to their taps as it is, or to one of them.
 */

/** Σ over all windows and taps that show an element; `y` has the shape that `window` gives, `shape` the one it was given. */
export function foldWindows(b: Builder, y: Node, shape: Sizes, windows: readonly Window[]): Node {
  const sorted = [...windows].sort((p, q) => p.axis - q.axis);
  const product = asProduct(y, sorted);
  if (product) return foldProduct(b, product, shape, sorted);
  const spread = sorted.every(meet) ? undefined : asSpread(y, sorted);
  if (spread) return foldSpread(b, spread, shape, sorted);
  return sorted.reduceRight((x, w, k) => foldAxis(b, x, w, w.axis + k, shape[w.axis] as number), y);
}

/** One window begins where the one before ends. */
const meet = (w: Window): boolean => w.stride === w.taps && w.dilation === 1;

/** [..., windows, taps, ...] at `axis` → [..., size, ...]. */
function foldAxis(b: Builder, y: Node, w: Window, axis: number, size: number): Node {
  const without = (count: number): Sizes =>
    y.shape.flatMap((d, k) => (k === axis ? [count] : k === axis + 1 ? [] : [d]));
  if (meet(w)) {
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
  const axes = letters.map(({ window }) => p.dataLetters.indexOf(window));
  const padded = b.pad(
    p.data,
    axes.map((axis, k) => ({ axis, before: bounds[k].before, after: bounds[k].after })),
  );
  return byPhases(b, shape, windows, (reaches) => {
    const data = b.window(
      padded,
      reaches.map((reach, k) => reachedBy(axes[k], reach, bounds[k])),
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
  });
}
