import fc from "fast-check";
import { differentiate } from "../src/ir/autodiff.ts";
import { Builder } from "../src/ir/builder.ts";
import type { Graph, Node, Variable, Window } from "../src/ir/graph.ts";
import { programOf } from "../src/ir/program.ts";
import { scan } from "../src/ir/scan.ts";

/** A step of a random network: picks its parameters from numbers in [0, 1). */
type Step = (b: Builder, x: Node, r: readonly number[], weight: (shape: number[]) => Node) => Node;

const pick = <T>(from: readonly T[], r: number): T => from[Math.floor(r * from.length)];
const inner = (x: Node): number[] => x.shape.map((_, k) => k).filter((k) => k > 0);

const STEPS: Readonly<Record<string, Step>> = {
  dense(b, x, [r], weight) {
    const units = 1 + Math.floor(r * 21);
    return b.add(b.matmul(x, weight([x.shape.at(-1) as number, units])), weight([units]));
  },
  unary(b, x, [r]) {
    const relu = (y: Node): Node => b.max(0, y);
    const gelu = (y: Node): Node => b.mul(b.mul(0.5, y), b.add(1, b.erf(b.mul(y, Math.SQRT1_2))));
    const root = (y: Node): Node => b.sqrt(b.add(b.square(y), 0.5));
    return pick(
      [relu, gelu, root, (y: Node) => b.tanh(y), (y: Node) => b.sigmoid(y), (y: Node) => b.softplus(y)],
      r,
    )(x);
  },
  softmax: (b, x, [r]) => b.softmax(x, [pick(inner(x), r)]),
  normalise(b, x, [r]) {
    const axes = r < 0.5 ? [0] : [x.shape.length - 1];
    const centred = b.sub(x, b.mean(x, axes));
    return b.div(centred, b.sqrt(b.add(b.mean(b.square(centred), axes), 0.1)));
  },
  fold: (b, x, [r, s]) => (s < 0.5 ? b.max_of(x, [pick(inner(x), r)]) : b.sum(x, [pick(inner(x), r)])),
  scale: (b, x, [r], weight) => b.mul(x, weight([r < 0.5 ? 1 : (x.shape.at(-1) as number)])),
  // what BatchNormalization is when it does not train: behind a product it moves into the weights
  affine(b, x, [r, s], weight) {
    const c = [x.shape.at(-1) as number];
    const inverse = b.div(weight(c), b.sqrt(b.add(b.square(weight(c)), 0.1)));
    const shifted = s < 0.5 ? b.add(x, weight(c)) : b.sub(x, weight(c));
    return r < 0.5
      ? b.add(b.mul(shifted, inverse), weight(c))
      : b.div(b.mul(x, inverse), b.add(b.square(weight(c)), 1));
  },
  merge: (b, x, [r]) => b.concat([x, b.mul(x, x)], pick(inner(x), r)),
  cut(b, x, [r, s]) {
    const axis = pick(inner(x), r);
    const size = x.shape[axis] as number;
    const start = Math.floor(s * size);
    return b.slice(x, axis, start, Math.min(size, start + 1 + Math.floor(r * size)));
  },
  turn(b, x) {
    const rank = x.shape.length;
    return b.permute(x, rank < 3 ? [0, 1] : [0, ...inner(x).reverse()]);
  },
  flatten: (b, x) => b.reshape(x, ["n", inner(x).reduce((p, k) => p * (x.shape[k] as number), 1)]),
  turnRound: (b, x, [r]) => b.flip(x, pick(inner(x), r)),
  border: (b, x, [r, s]) =>
    b.pad(x, [{ axis: pick(inner(x), r), before: Math.floor(3 * s), after: 1 }], s < 0.5 ? 0 : -2),
  // windows along every inner axis but the last, which holds channels
  convolve(b, x, [r, s], weight) {
    const axes = inner(x)
      .slice(0, -1)
      .filter((k) => (x.shape[k] as number) > 1);
    if (axes.length === 0) return x;
    const windows = axes.map((axis) => windowOf(x.shape[axis] as number, axis, r, s));
    const view = b.window(x, windows);
    const at = letters(x, axes);
    const taps = [...at.taps].map((_, k) => windows[k].taps);
    const filters = 1 + Math.floor(s * 9);
    const kernel = weight([...taps, x.shape.at(-1) as number, filters]);
    return b.einsum(view, kernel, { a: at.view, b: `${at.taps}yz`, out: at.out + "z" });
  },
  depthwise(b, x, [r, s], weight) {
    const axes = inner(x)
      .slice(0, -1)
      .filter((k) => (x.shape[k] as number) > 1);
    if (axes.length === 0) return x;
    const windows = axes.map((axis) => windowOf(x.shape[axis] as number, axis, s, r));
    const at = letters(x, axes);
    const kernel = weight([...windows.map((w) => w.taps), x.shape.at(-1) as number]);
    return b.einsum(b.window(x, windows), kernel, { a: at.view, b: `${at.taps}y`, out: at.out + "y" });
  },
  pool(b, x, [r, s]) {
    const [axis] = inner(x);
    if (x.shape.length < 3) return x;
    const view = b.window(x, [windowOf(x.shape[axis] as number, axis, r, s)]);
    const folded = r < 0.5 ? b.mean(view, [axis + 1]) : b.max_of(view, [axis + 1]);
    return b.reshape(
      folded,
      folded.shape.filter((_, k) => k !== axis + 1),
    );
  },
  // h, c ← f(h · U + z, c), read as a sequence or at its end, forwards or backwards
  recur(b, x, [r, s], weight) {
    if (x.shape.length !== 3) return x;
    const units = 1 + Math.floor(r * 6);
    const features = x.shape[2] as number;
    const z = b.add(b.matmul(r < 0.5 ? b.flip(x, 1) : x, weight([features, 2 * units])), weight([2 * units]));
    const zero = b.expand(b.reshape(b.const(0), [1, 1]), ["n", units]);
    const scale = b.reshape(b.slice(b.slice(z, 1, 0, 1), 2, 0, units), ["n", units]);
    const scanned = scan(b, {
      initial: [zero, s < 0.5 ? zero : scale],
      sequences: [z],
      constants: [weight([units, 2 * units]), b.tanh(scale), weight([units, units])],
      step(inner, [h, c], [now], [U, factor, V]) {
        const sum = inner.add(now, inner.matmul(h, U));
        const gate = inner.sigmoid(inner.slice(sum, 1, 0, units));
        const fresh = inner.tanh(inner.slice(sum, 1, units, 2 * units));
        const next = inner.add(
          inner.mul(gate, c),
          inner.mul(factor, inner.matmul(inner.mul(fresh, gate), V)),
        );
        return [inner.mul(inner.tanh(next), gate), next, ...(s < 0.7 ? [gate, fresh] : [])];
      },
    });
    return s < 0.3
      ? scanned.last(0)
      : s < 0.6
        ? scanned.all(1)
        : b.concat([scanned.all(0), scanned.all(1)], 2);
  },
  look(b, x, [r], weight) {
    const rows = 1 + Math.floor(9 * r);
    const index = b.floor(b.clip(b.mul(x, 3), 0, rows - 1));
    return x.shape.length > 3 ? x : b.gather(weight([rows, 3]), index);
  },
  // one head or two, some keys masked, the shares of the values perhaps seen by others as well
  attend(b, x, [r, s], weight) {
    if (x.shape.length !== 3) return x;
    const [t, d] = [x.shape[1] as number, x.shape[2] as number];
    const heads = d % 2 === 0 && r < 0.7 ? 2 : 1;
    const split = (y: Node): Node => b.reshape(y, ["n", t, heads, d / heads]);
    const [q, k, v] = [split(b.matmul(x, weight([d, d]))), split(b.mul(x, 0.5)), split(b.tanh(x))];
    const scores = b.mul(b.einsum(q, k, { a: "nqhd", b: "nkhd", out: "nhqk" }), 0.3);
    const open = b.reshape(b.greater(b.max_of(x, [2]), s), ["n", 1, 1, t]);
    const bias = b.reshape(weight([heads * t]), [1, heads, 1, t]);
    const shares = b.softmax(s < 0.5 ? b.where(open, scores, -9) : b.add(scores, bias), [3]);
    const values = b.einsum(shares, v, { a: "nhqk", b: "nkhd", out: "nqhd" });
    const y = b.reshape(values, ["n", t, d]);
    return r < 0.5 ? y : b.add(y, b.reshape(b.sum(b.square(shares), [1, 3]), ["n", t, 1]));
  },
  select: (b, x) => b.where(b.greater(x, 0.1), b.mul(x, 2), b.neg(x)),
};

function windowOf(size: number, axis: number, r: number, s: number): Window {
  const taps = 1 + Math.floor(r * Math.min(3, size));
  const stride = 1 + Math.floor(s * 3);
  const dilation = (taps - 1) * 2 < size && s > 0.7 ? 2 : 1;
  return {
    axis,
    taps,
    stride,
    dilation,
    start: 0,
    size: Math.floor((size - 1 - (taps - 1) * dilation) / stride) + 1,
  };
}

/** Letters of a tensor whose `axes` are windowed: of the view, of its taps, of the result but for the last axis. */
function letters(x: Node, axes: readonly number[]): { view: string; taps: string; out: string } {
  const windows = "abcd";
  const taps = "efgh";
  const out = x.shape
    .slice(0, -1)
    .map((_, k) => windows[k])
    .join("");
  const view = [...out].map((l, k) => (axes.includes(k) ? l + taps[k] : l)).join("") + "y";
  return { view, taps: axes.map((k) => taps[k]).join(""), out };
}

export interface Net {
  readonly graph: Graph;
  readonly variables: readonly Variable[];
  readonly inputs: readonly { readonly name: string; readonly size: number }[];
}

/** A random network, with the gradients of Σ y · w and one gradient step unless it only predicts. */
export function network(
  shape: readonly number[],
  steps: readonly (readonly [string, readonly number[]])[],
  training = true,
): Net {
  const b = new Builder(true);
  const variables: Variable[] = [];
  const weight = (s: number[]): Node => {
    const variable: Variable = { name: `w${variables.length}`, shape: s, kind: "weight" };
    variables.push(variable);
    return b.variable(variable);
  };
  const input = b.input("x", ["n", ...shape]) as unknown as Node;
  let x = input;
  steps.forEach(([name, numbers], i) => {
    b.from = { layer: `${name}_${i}`, part: "forward" };
    const next = STEPS[name](b, x, numbers, weight);
    const size = next.shape.slice(1).reduce<number>((p, d) => p * (d as number), 1);
    if (size > 0 && size < 400) x = b.label(next, `${name}_${i}`);
  });
  const size = (node: Node): number => node.shape.slice(1).reduce<number>((p, d) => p * (d as number), 1);
  const given = { name: "x", size: shape.reduce((p, d) => p * d, 1) };
  if (!training) return { graph: programOf(b, new Map([["y", x]])), variables, inputs: [given] };
  const w = b.input("w", x.shape) as unknown as Node;
  b.from = { layer: "loss", part: "loss" };
  const loss = b.mean(
    b.mul(x, w),
    x.shape.map((_, k) => k),
  );
  const held = b.nodes.filter((node) => node.op === "variable");
  const gradients = differentiate(b, loss, held);
  const results = new Map([
    ["loss", loss],
    ["y", x],
    ["handed through", input],
  ]);
  held.forEach((node, i) => {
    const g = gradients[i];
    if (!g) return;
    b.from = { layer: `update_${i}`, part: "update" };
    if (i % 2 === 0) results.set(`g${i}`, g);
    b.assign(node, b.sub(node, b.mul(0.1, g)));
  });
  const inputs = [given, { name: "w", size: size(w) }];
  return { graph: programOf(b, results), variables, inputs };
}

export const anyShape = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 19 })),
  fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 9 })),
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 6 })),
);
const unit = fc.double({ min: 0, max: 0.999, noNaN: true });
export const anySteps = fc.array(fc.tuple(fc.constantFrom(...Object.keys(STEPS)), fc.tuple(unit, unit)), {
  minLength: 1,
  maxLength: 7,
});
