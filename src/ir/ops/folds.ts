import { internal } from "../../diagnostics.ts";
import type { Builder } from "../builder.ts";
import type { Einsum, Node, Size, Sizes } from "../graph.ts";
import { numel, type Ops, strides, type Value, walk } from "./op.ts";

function fold(axes: readonly number[], first: number, f: (sum: number, x: number) => number) {
  return ([x]: readonly Value[], _a: unknown, out: readonly number[]): Float64Array => {
    const result = new Float64Array(numel(out)).fill(first);
    const steps = strides(out).map((s, k) => (axes.includes(k) ? 0 : s));
    walk(x.shape, steps, (i, at) => void (result[at] = f(result[at], x.data[i])));
    return result;
  };
}
const kept = (s: Sizes, axes: readonly number[]): Sizes => s.map((d, k) => (axes.includes(k) ? 1 : d));

function labelSizes(ins: readonly Sizes[], e: Einsum): Map<string, Size> {
  const sizes = new Map<string, Size>();
  [e.a, e.b].forEach((labels, i) =>
    [...labels].forEach((label, k) => {
      const size = ins[i][k];
      if (sizes.has(label) && sizes.get(label) !== size)
        throw internal(`einsum ${e.a},${e.b} disagrees on ${label}`);
      sizes.set(label, size);
    }),
  );
  return sizes;
}

function contract([x, y]: readonly Value[], e: Einsum, out: readonly number[]): Float64Array {
  const sizes = labelSizes([x.shape, y.shape], e) as Map<string, number>;
  const loops = [...sizes.keys()];
  const steps = (labels: string, shape: readonly number[]): number[] =>
    loops.map((l) => (labels.includes(l) ? strides(shape)[labels.indexOf(l)] : 0));
  const [sx, sy, so] = [steps(e.a, x.shape), steps(e.b, y.shape), steps(e.out, out)];
  const result = new Float64Array(numel(out));
  const sum = (k: number, i: number, j: number, o: number): void => {
    const size = sizes.get(loops[k]) ?? 1;
    const [di, dj, d_o] = [sx[k] ?? 0, sy[k] ?? 0, so[k] ?? 0];
    if (k >= loops.length - 1) {
      for (let v = 0; v < size; v++) result[o + v * d_o] += x.data[i + v * di] * y.data[j + v * dj];
    } else {
      for (let v = 0; v < size; v++) sum(k + 1, i + v * di, j + v * dj, o + v * d_o);
    }
  };
  sum(0, 0, 0, 0);
  return result;
}

/** `dy` where `hit` is first met going along `axes` in row-major order, 0 elsewhere. */
function toFirst(b: Builder, dy: Node, hit: Node, axes: readonly number[]): Node {
  const sizes = axes.map((axis) => hit.shape[axis] as number);
  // counted downwards, so that the first is the largest
  const places = axes
    .map((axis, k) => {
      const along = hit.shape.map((_, i) => (i === axis ? sizes[k] : 1));
      return b.mul(b.reshape(b.iota(sizes[k]), along), -numel(sizes.slice(k + 1)));
    })
    .reduce((sum, place) => b.add(sum, place));
  const first = b.max_of(b.where(hit, places, -numel(sizes)), axes);
  return b.where(b.equal(places, first), dy, 0);
}

/** Sums of products, sums and maxima. */
export const folds: Ops<"einsum" | "sum" | "max_of"> = {
  /** Every contraction: matrix products, batched ones, and both their gradients, which are contractions again. */
  einsum: {
    kernel: "contract",
    shape: (ins, e) => [...e.out].map((label) => labelSizes(ins, e).get(label)!),
    eval: (ins, e, out) => contract(ins, e, out),
    vjp: (b, dy, [x, y], _z, e) => {
      // the second operand (the weights) first: the order of the textbook
      const d_y = b.einsum(x, dy, { a: e.a, b: e.out, out: e.b });
      return [b.einsum(dy, y, { a: e.out, b: e.b, out: e.a }), d_y];
    },
  },
  /** Keeps the summed axes as size 1. */
  sum: {
    shape: ([s], a) => kept(s, a.axes),
    eval: (ins, a, out) => fold(a.axes, 0, (s, x) => s + x)(ins, a, out),
    vjp: (b, dy, [x]) => [b.expand(dy, x.shape)],
    reduces: "sum",
  },
  /** Keeps the reduced axes as size 1. Equal maxima share the gradient evenly, as in TensorFlow, unless `ties` says "first". */
  max_of: {
    shape: ([s], a) => kept(s, a.axes),
    eval: (ins, a, out) => fold(a.axes, -Infinity, (m, x) => (x > m || x !== x ? x : m))(ins, a, out),
    vjp: (b, dy, [x], y, a) => {
      const hit = b.equal(x, b.expand(y, x.shape));
      if (a.ties === "first") return [toFirst(b, dy, hit, a.axes)];
      return [b.mul(hit, b.expand(b.div(dy, b.sum(hit, a.axes)), x.shape))];
    },
    reduces: "max",
  },
};
