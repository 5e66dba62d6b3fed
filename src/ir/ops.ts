import { internal } from "../diagnostics.ts";
import type { Builder } from "./builder.ts";
import type { Einsum, Node, OpAttrs, OpName, Size, Sizes, Variable } from "./graph.ts";

/** A tensor while the reference interpreter runs: the batch is bound, numbers are doubles. */
export interface Value {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** What an evaluation may ask for besides its inputs. */
export interface Context {
  readonly n: number;
  read(variable: Variable): Value;
  /** The next draw of `count` uniform numbers in [0, 1) from a seed; the seed's counter goes up by one. */
  uniform(seed: Variable, count: number): Float64Array;
}

/** One primitive in one place: its shape rule, its meaning, its gradient. */
export interface Op<A> {
  shape(ins: readonly Sizes[], attrs: A): Sizes;
  eval(ins: readonly Value[], attrs: A, shape: readonly number[], context: Context): Float64Array;
  /** Gradient of each input in terms of the output's; undefined where there is none. */
  vjp(b: Builder, dy: Node, x: readonly Node[], y: Node, attrs: A): readonly (Node | undefined)[];
  /** Each output element depends on the same element of every input alone. */
  readonly elementwise?: true;
  /** Costs enough that it is computed once and kept rather than repeated by every reader. */
  readonly costly?: true;
  /** Where its value is when a kernel asks: in memory before the program starts, or made anew on the spot. */
  readonly found?: "memory" | "inline";
  /** Reads other places of its input and computes nothing. */
  readonly view?: true;
  /** The kind of kernel it needs; elementwise ones and folds share theirs. */
  readonly kernel?: "contract" | "move" | "uniform";
  /** Asks whether operands are the very same number: they must be values as stored, not computed anew. */
  readonly exact?: true;
  /** Folds the axes of `attrs.axes`. */
  readonly reduces?: "sum" | "max";
}

type NoAttrs = OpAttrs["add"];

const numel = (s: readonly number[]): number => s.reduce((a, b) => a * b, 1);
const same = ([s]: readonly Sizes[]): Sizes => s;
const none = (): readonly undefined[] => [];

function unary(f: (x: number) => number, vjp: Op<NoAttrs>["vjp"], costly?: true): Op<NoAttrs> {
  return { shape: same, eval: ([x]) => x.data.map(f), vjp, elementwise: true, ...(costly && { costly }) };
}
function binary(f: (x: number, y: number) => number, vjp: Op<NoAttrs>["vjp"], costly?: true): Op<NoAttrs> {
  const zip = ([x, y]: readonly Value[]): Float64Array => x.data.map((v, i) => f(v, y.data[i]));
  return { shape: same, eval: zip, vjp, elementwise: true, ...(costly && { costly }) };
}

/** Row-major strides. */
export const strides = (s: readonly number[]): number[] => s.map((_, i) => numel(s.slice(i + 1)));

/** Calls `visit(position, offset)` for every position of `shape`, the offset counted with other strides. */
function walk(
  shape: readonly number[],
  steps: readonly number[],
  visit: (i: number, at: number) => void,
): void {
  const at = new Array<number>(shape.length).fill(0);
  let offset = 0;
  for (let i = 0, total = numel(shape); i < total; i++) {
    visit(i, offset);
    for (let k = shape.length - 1; k >= 0; k--) {
      offset += steps[k];
      if (++at[k] < shape[k]) break;
      offset -= steps[k] * shape[k];
      at[k] = 0;
    }
  }
}

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

export const ops: { readonly [O in OpName]: Op<OpAttrs[O]> } = {
  input: {
    found: "memory",
    shape: (_, a) => a.shape,
    eval: () => {
      throw internal("an input was not bound");
    },
    vjp: none,
  },
  variable: {
    found: "memory",
    shape: (_, a) => a.variable.shape,
    eval: (_, a, _s, context) => context.read(a.variable).data,
    vjp: none,
  },
  /** A scalar. */
  const: { found: "inline", shape: () => [], eval: (_, a) => Float64Array.of(a.value), vjp: none },
  /** The batch size as a scalar. */
  batch: {
    found: "inline",
    shape: () => [],
    eval: (_, _a, _s, context) => Float64Array.of(context.n),
    vjp: none,
  },
  /** 0, 1, 2 … */
  iota: {
    found: "inline",
    shape: (_, a) => [a.size],
    eval: (_, a) => Float64Array.from({ length: a.size }, (_v, i) => i),
    vjp: none,
  },
  /** Uniform numbers in [0, 1), drawn by Keras's Philox from a seed and its counter. */
  random: {
    kernel: "uniform",
    shape: (_, a) => a.shape,
    eval: (_, a, shape, context) => context.uniform(a.seed, numel(shape)),
    vjp: none,
  },

  add: binary(
    (x, y) => x + y,
    (_b, dy) => [dy, dy],
  ),
  sub: binary(
    (x, y) => x - y,
    (b, dy) => [dy, b.neg(dy)],
  ),
  mul: binary(
    (x, y) => x * y,
    (b, dy, [x, y]) => [b.mul(dy, y), b.mul(dy, x)],
  ),
  div: binary(
    (x, y) => x / y,
    (b, dy, [, y], z) => [b.div(dy, y), b.neg(b.div(b.mul(dy, z), y))],
  ),
  /** NaN wins, as in TensorFlow; where both are equal the gradient goes to the first. */
  max: binary(
    (x, y) => (x >= y || x !== x ? x : y),
    (b, dy, [x], z) => {
      const second = b.greater(z, x);
      return [b.mul(dy, b.sub(1, second)), b.mul(dy, second)];
    },
  ),
  min: binary(
    (x, y) => (x <= y || x !== x ? x : y),
    (b, dy, [x], z) => {
      const second = b.greater(x, z);
      return [b.mul(dy, b.sub(1, second)), b.mul(dy, second)];
    },
  ),
  /** x to a whole-numbered power. */
  powi: binary(
    (x, y) => x ** y,
    (b, dy, [x, y]) => [b.mul(dy, b.mul(y, b.powi(x, b.sub(y, 1)))), undefined],
    true,
  ),
  /** 1 or 0. */
  greater: binary((x, y) => (x > y ? 1 : 0), none),
  /** 1 or 0. */
  equal: { ...binary((x, y) => (x === y ? 1 : 0), none), exact: true },
  neg: unary(
    (x) => -x,
    (b, dy) => [b.neg(dy)],
  ),
  abs: unary(Math.abs, (b, dy, [x]) => [b.mul(dy, b.sub(b.greater(x, 0), b.greater(0, x)))]),
  floor: unary(Math.floor, none),
  exp: unary(Math.exp, (b, dy, _x, y) => [b.mul(dy, y)], true),
  log: unary(Math.log, (b, dy, [x]) => [b.div(dy, x)], true),
  sqrt: unary(Math.sqrt, (b, dy, _x, y) => [b.div(dy, b.mul(2, y))], true),
  tanh: unary(Math.tanh, (b, dy, _x, y) => [b.mul(dy, b.sub(1, b.mul(y, y)))], true),
  erf: unary(
    erf,
    (b, dy, [x]) => [b.mul(dy, b.mul(2 / Math.sqrt(Math.PI), b.exp(b.neg(b.mul(x, x)))))],
    true,
  ),
  /** test ≠ 0 ? yes : no */
  where: {
    shape: same,
    eval: ([t, x, y]) => t.data.map((v, i) => (v !== 0 ? x.data[i] : y.data[i])),
    vjp: (b, dy, [t]) => [undefined, b.where(t, dy, 0), b.where(t, 0, dy)],
    elementwise: true,
  },

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
  /** Keeps the reduced axes as size 1. Equal maxima share the gradient evenly, as in TensorFlow. */
  max_of: {
    shape: ([s], a) => kept(s, a.axes),
    eval: (ins, a, out) => fold(a.axes, -Infinity, (m, x) => (x > m || x !== x ? x : m))(ins, a, out),
    vjp: (b, dy, [x], y, a) => {
      const hit = b.equal(x, b.expand(y, x.shape));
      return [b.mul(hit, b.expand(b.div(dy, b.sum(hit, a.axes)), x.shape))];
    },
    reduces: "max",
  },
  reshape: { shape: (_, a) => a.shape, eval: ([x]) => x.data, vjp: (b, dy, [x]) => [b.reshape(dy, x.shape)] },
  /** Repeats axes of size 1 up to `shape`. */
  expand: {
    view: true,
    shape: (_, a) => a.shape,
    eval: ([x], _a, out) => {
      const result = new Float64Array(numel(out));
      const steps = strides(x.shape).map((s, k) => (x.shape[k] === 1 ? 0 : s));
      walk(out, steps, (i, at) => void (result[i] = x.data[at]));
      return result;
    },
    vjp: (b, dy, [x]) => [
      b.sum(
        dy,
        x.shape.flatMap((d, k) => (d === 1 && dy.shape[k] !== 1 ? [k] : [])),
      ),
    ],
  },
  permute: {
    view: true,
    shape: ([s], a) => a.perm.map((p) => s[p]),
    eval: ([x], a, out) => {
      const result = new Float64Array(numel(out));
      const from = strides(x.shape);
      walk(
        out,
        a.perm.map((p) => from[p]),
        (i, at) => void (result[i] = x.data[at]),
      );
      return result;
    },
    vjp: (b, dy, _x, _y, a) => [
      b.permute(
        dy,
        a.perm.map((_, i) => a.perm.indexOf(i)),
      ),
    ],
  },
  /** Elements start … stop−1 of one axis. */
  slice: {
    view: true,
    shape: ([s], a) => s.map((d, k) => (k === a.axis ? a.stop - a.start : d)),
    eval: ([x], a, out) => {
      const result = new Float64Array(numel(out));
      const steps = strides(x.shape);
      const first = a.start * steps[a.axis];
      walk(out, steps, (i, at) => void (result[i] = x.data[first + at]));
      return result;
    },
    vjp: (b, dy, [x], _y, a) => [b.pad(dy, a.axis, a.start, (x.shape[a.axis] as number) - a.stop)],
  },
  /** Zeros before and after along one axis: the gradient of `slice`. */
  pad: {
    kernel: "move",
    shape: ([s], a) => s.map((d, k) => (k === a.axis ? (d as number) + a.before + a.after : d)),
    eval: ([x], a, out) => {
      const result = new Float64Array(numel(out));
      const steps = strides(out);
      const first = a.before * steps[a.axis];
      walk(x.shape, steps, (i, at) => void (result[first + at] = x.data[i]));
      return result;
    },
    vjp: (b, dy, [x], _y, a) => [b.slice(dy, a.axis, a.before, a.before + (x.shape[a.axis] as number))],
  },
  concat: {
    kernel: "move",
    shape: (ins, a) =>
      ins[0].map((d, k) => (k === a.axis ? ins.reduce((sum, s) => sum + (s[k] as number), 0) : d)),
    eval: (ins, a, out) => {
      const result = new Float64Array(numel(out));
      const steps = strides(out);
      let first = 0;
      for (const x of ins) {
        walk(x.shape, steps, (i, at) => void (result[first + at] = x.data[i]));
        first += x.shape[a.axis] * steps[a.axis];
      }
      return result;
    },
    vjp: (b, dy, x, _y, a) => {
      let start = 0;
      return x.map((part) => {
        const stop = start + (part.shape[a.axis] as number);
        const dx = b.slice(dy, a.axis, start, stop);
        start = stop;
        return dx;
      });
    },
  },
};

/** The table entry of a node, its attributes' type forgotten. */
export const opOf = (node: Node): Op<unknown> => ops[node.op] as Op<unknown>;

/** The error function in doubles: series near zero, continued fraction of erfc beyond (error below 1e-15). */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (a > 6) return Math.sign(x);
  if (a < 2.5) {
    let term = a;
    let sum = a;
    for (let k = 1; Math.abs(term) > 1e-18 * sum; k++) {
      term *= (-a * a) / k;
      sum += term / (2 * k + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let f = 0;
  for (let k = 80; k > 0; k--) f = k / 2 / (a + f);
  return Math.sign(x) * (1 - Math.exp(-a * a) / (Math.sqrt(Math.PI) * (a + f)));
}
