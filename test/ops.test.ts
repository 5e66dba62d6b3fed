import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Builder } from "../src/ir/builder.ts";
import type { Node, OpAttrs, OpName, Sizes, Variable } from "../src/ir/graph.ts";
import { scan } from "../src/ir/scan.ts";
import { erf, ops } from "../src/ir/ops.ts";
import { evaluate, gradientError, sample, type Write, withGradients } from "./graphs.ts";

interface Case<A> {
  readonly ins: readonly Sizes[];
  readonly attrs: A;
  /** From where to where inputs are drawn. */
  readonly from?: readonly [number, number];
  readonly gives?: readonly number[];
  /** One input holds whole numbers from 0 to so many. */
  readonly whole?: readonly [input: number, last: number];
  /** Inputs without a gradient. */
  readonly flat?: readonly number[];
}

type NoAttrs = OpAttrs["add"];
type AnyCase = Case<OpAttrs[OpName]>;

const variable: Variable = { name: "v", shape: [2, 2], kind: "weight" };
const seed: Variable = { name: "s", shape: [2], kind: "seed" };
const shapes: readonly Sizes[] = [[], [1], [5], ["n", 7], [3, 1, 5]];
const unary = (from?: readonly [number, number]): Case<NoAttrs>[] =>
  shapes.map((s) => ({ ins: [s], attrs: {}, from }));
const binary = (from?: readonly [number, number]): Case<NoAttrs>[] =>
  shapes.map((s) => ({ ins: [s, s], attrs: {}, from }));
const still = (list: readonly Case<NoAttrs>[]): Case<NoAttrs>[] =>
  list.map((c) => ({ ...c, flat: c.ins.map((_, i) => i) }));

/** Strides smaller, equal and larger than the window, dilation, one axis and two, starts. */
const windows: readonly Case<OpAttrs["window"]>[] = [1, 2, 3, 4].flatMap((stride) =>
  [1, 2].flatMap((dilation) =>
    [1, 2, 3].map((taps) => {
      const size = Math.floor((9 - 1 - (taps - 1) * dilation) / stride) + 1;
      const window = { size, taps, stride, dilation, start: 1 };
      return {
        ins: [["n", 10, 11, 2]],
        attrs: {
          windows: [
            { ...window, axis: 1, size: Math.max(1, size - 1) },
            { ...window, axis: 2 },
          ],
        },
      };
    }),
  ),
);

/** They make sense together only: `recurrent`. */
type Inside = "scan" | "given" | "step";

/** A primitive without an entry here does not compile. */
const cases: { readonly [O in Exclude<OpName, Inside>]: readonly Case<OpAttrs[O]>[] } = {
  input: [{ ins: [["n", 2]], attrs: { name: "x1", shape: ["n", 2] }, flat: [0] }],
  variable: [{ ins: [], attrs: { variable }, gives: [0, 1, 2, 3] }],
  const: [{ ins: [], attrs: { value: 0.5 }, gives: [0.5] }],
  batch: [{ ins: [], attrs: {}, gives: [3] }],
  iota: [{ ins: [], attrs: { size: 4 }, gives: [0, 1, 2, 3] }],
  random: [
    {
      ins: [],
      attrs: { seed, shape: ["n", 1] },
      gives: [0.7470787763595581, 0.67218017578125, 0.057779550552368164],
    },
  ],
  add: binary(),
  sub: binary(),
  mul: binary(),
  div: [...binary([0.5, 2]), ...binary([-2, -0.5])],
  max: binary(),
  min: binary(),
  powi: [-3, -1, 0, 1, 2, 5].flatMap((power) => [
    {
      ins: [
        [4, 3],
        [4, 3],
      ],
      attrs: {},
      from: [power, power],
      flat: [1],
    },
  ]),
  greater: still(binary()),
  equal: still(binary()),
  neg: unary(),
  abs: unary(),
  floor: still(unary()),
  exp: unary(),
  log: unary([0.3, 3]),
  sqrt: unary([0.3, 3]),
  tanh: unary(),
  sigmoid: unary(),
  erf: unary(),
  where: shapes.map((s) => ({ ins: [s, s, s], attrs: {}, flat: [0] })),
  einsum: [
    {
      ins: [
        ["n", 4],
        [4, 5],
      ],
      attrs: { a: "ab", b: "bc", out: "ac" },
    },
    {
      ins: [
        ["n", 1],
        [1, 1],
      ],
      attrs: { a: "ab", b: "bc", out: "ac" },
    },
    {
      ins: [
        ["n", 2, 4],
        [4, 3],
      ],
      attrs: { a: "abc", b: "cd", out: "abd" },
    },
    {
      ins: [
        ["n", 2, 4, 3],
        ["n", 2, 5, 3],
      ],
      attrs: { a: "abcd", b: "abed", out: "abce" },
    },
    { ins: [[5], [5]], attrs: { a: "a", b: "a", out: "a" } },
    { ins: [[3], [4]], attrs: { a: "a", b: "b", out: "ab" } },
    {
      ins: [
        [5, 3],
        [3, 5],
      ],
      attrs: { a: "ab", b: "ba", out: "b" },
    },
  ],
  sum: [
    { ins: [["n", 4]], attrs: { axes: [0] } },
    { ins: [["n", 4]], attrs: { axes: [0, 1] } },
    { ins: [[2, 1, 5]], attrs: { axes: [1, 2] } },
    { ins: [[7]], attrs: { axes: [0] } },
  ],
  max_of: [
    { ins: [["n", 4]], attrs: { axes: [1] } },
    { ins: [[2, 3, 5]], attrs: { axes: [0, 2] } },
    { ins: [[1, 1]], attrs: { axes: [0, 1] } },
    { ins: [["n", 4, 3, 2]], attrs: { axes: [1, 2], ties: "first" } },
  ],
  reshape: [
    { ins: [["n", 2, 3]], attrs: { shape: ["n", 6] } },
    { ins: [[]], attrs: { shape: [1, 1] } },
    { ins: [[6]], attrs: { shape: [3, 2] } },
  ],
  expand: [
    { ins: [[1, 4]], attrs: { shape: ["n", 4] } },
    { ins: [[1]], attrs: { shape: [5] } },
    { ins: [[1, 3, 1]], attrs: { shape: ["n", 3, 2] } },
    { ins: [[1, 1]], attrs: { shape: [1, 4] } },
  ],
  permute: [
    { ins: [["n", 2, 4]], attrs: { perm: [0, 2, 1] } },
    { ins: [[2, 3, 4]], attrs: { perm: [2, 0, 1] } },
    { ins: [[5]], attrs: { perm: [0] } },
  ],
  slice: [
    { ins: [["n", 7]], attrs: { axis: 1, start: 2, stop: 5 } },
    { ins: [[4, 3]], attrs: { axis: 0, start: 0, stop: 1 } },
    { ins: [[2, 3, 2]], attrs: { axis: 1, start: 2, stop: 3 } },
  ],
  flip: [
    { ins: [["n", 3]], attrs: { axis: 1 } },
    { ins: [[4, 1, 2]], attrs: { axis: 0 } },
  ],
  window: windows,
  gather: [
    {
      ins: [
        [5, 3],
        ["n", 2],
      ],
      attrs: {},
      whole: [1, 4],
      flat: [1],
    },
    { ins: [[4], [3]], attrs: {}, whole: [1, 3], flat: [1] },
    {
      ins: [
        [3, 2, 2],
        [2, 2],
      ],
      attrs: {},
      whole: [1, 2],
      flat: [1],
    },
  ],
  scatter_add: [
    {
      ins: [
        ["n", 2],
        ["n", 2, 3],
      ],
      attrs: { rows: 5 },
      whole: [0, 4],
      flat: [0],
    },
    { ins: [[4], [4]], attrs: { rows: 4 }, whole: [0, 3], flat: [0] },
  ],
  pad: [
    { ins: [["n", 2]], attrs: { pads: [{ axis: 1, before: 1, after: 2 }], value: 0 } },
    { ins: [[2, 3]], attrs: { pads: [{ axis: 0, before: 0, after: 3 }], value: 7 } },
    {
      ins: [[1, 2, 2]],
      attrs: {
        pads: [
          { axis: 2, before: 1, after: 2 },
          { axis: 1, before: 2, after: 0 },
        ],
        value: -1,
      },
    },
  ],
  concat: [
    {
      ins: [
        ["n", 2],
        ["n", 1],
        ["n", 3],
      ],
      attrs: { axis: 1 },
    },
    {
      ins: [
        [2, 1, 3],
        [2, 4, 3],
      ],
      attrs: { axis: 1 },
    },
  ],
};

const at = (b: Builder, op: OpName, xs: readonly Node[], attrs: object): Node =>
  b.node(op, xs, attrs as OpAttrs[OpName]);

/** Inputs of a case; the second one of a power is the power itself. */
function inputsOf(op: OpName, { ins, from, whole }: AnyCase): Float64Array[] {
  if (whole) {
    const numbers = sample(ins[whole[0]], 3, [0, whole[1] + 1]).map(Math.floor);
    return ins.map((shape, i) => (i === whole[0] ? numbers : sample(shape, 10 + i)));
  }
  if (op === "powi")
    return [sample(ins[0], 1, [0.5, 2]).map((v, i) => (i % 2 ? v : -v)), sample(ins[1], 2, from)];
  return ins.map((shape, i) => sample(shape, 10 + i, from));
}

describe.each(Object.keys(cases) as Exclude<OpName, Inside>[])("%s", (op) => {
  test.each(
    (cases[op] as readonly AnyCase[]).map(
      (c) => [JSON.stringify(c.ins), JSON.stringify(c.attrs), c] as const,
    ),
  )("of %s, %s", (_ins, _attrs, c) => {
    const differentiated = withGradients(c.ins, (b, xs) => at(b, op, op === "input" ? [] : xs, c.attrs));
    const y = differentiated.graph.results.get("y")!;
    const inputs = [...inputsOf(op, c), sample(y.shape, 99)];
    if (c.gives) expect([...evaluate(differentiated.graph, inputs).get("y")!.data]).toEqual(c.gives);
    expect(differentiated.has).toEqual(c.ins.map((_, i) => !c.flat?.includes(i)));
    if (op !== "powi") return expect(gradientError(differentiated, inputs, c.whole?.[0])).toBeLessThan(1e-6);
    // a power is held fixed: half a step more of it has no meaning for negative numbers
    const bound = withGradients([c.ins[0]], (b, [x]) => b.powi(x, c.from![0]));
    expect(gradientError(bound, [inputs[0], inputs[2]])).toBeLessThan(1e-6);
  });
});

const built: readonly [string, readonly Sizes[], Write, (readonly [number, number])?][] = [
  ["add, a row to a batch", [["n", 4], [4]], (b, [x, y]) => b.add(x, y)],
  [
    "sub, both sides broadcast",
    [
      [5, 1],
      [1, 3],
    ],
    (b, [x, y]) => b.sub(x, y),
  ],
  ["mul by a scalar", [["n", 4], []], (b, [x, y]) => b.mul(x, y)],
  ["div by a number", [["n", 4]], (b, [x]) => b.div(x, 3)],
  ["div of a number", [["n", 4]], (b, [x]) => b.div(3, x), [0.5, 2]],
  [
    "max of a middle axis",
    [
      [2, 1, 3],
      [4, 1],
    ],
    (b, [x, y]) => b.max(x, y),
  ],
  [
    "where with a broadcast test",
    [
      ["n", 1],
      ["n", 3],
    ],
    (b, [x, y]) => b.where(b.greater(x, 0), y, b.neg(x)),
  ],
  ["clip", [["n", 9]], (b, [x]) => b.clip(x, -1, 1)],
  ["square", [["n", 3]], (b, [x]) => b.square(x)],
  ["sigmoid", [["n", 3]], (b, [x]) => b.sigmoid(x)],
  ["softplus", [["n", 3]], (b, [x]) => b.softplus(x)],
  ["softmax, last axis", [["n", 5]], (b, [x]) => b.softmax(x, [1])],
  ["softmax, middle axis", [["n", 4, 3]], (b, [x]) => b.softmax(x, [1])],
  ["softmax, two axes", [["n", 4, 3]], (b, [x]) => b.softmax(x, [1, 2])],
  ["softmax of one", [["n", 1]], (b, [x]) => b.softmax(x, [1])],
  ["logsumexp", [["n", 5]], (b, [x]) => b.logsumexp(x, [1])],
  ["mean over the batch", [["n", 5]], (b, [x]) => b.mean(x, [0])],
  ["mean over all", [["n", 5]], (b, [x]) => b.mean(x, [0, 1])],
  [
    "matmul",
    [
      ["n", 2, 5],
      [5, 3],
    ],
    (b, [x, w]) => b.matmul(x, w),
  ],
  ["one node read twice", [["n", 3]], (b, [x]) => b.mul(b.exp(x), b.add(x, b.exp(x)))],
  [
    "a dense layer with batch statistics",
    [["n", 4], [4, 3], [3]],
    (b, [x, w, bias]) => {
      const z = b.tanh(b.add(b.matmul(x, w), bias));
      const centred = b.sub(z, b.mean(z, [0]));
      return b.div(centred, b.sqrt(b.add(b.mean(b.square(centred), [0]), 0.01)));
    },
  ],
];

const recurrent: readonly [string, readonly Sizes[], Write][] = [
  [
    "a scan, read at its end",
    [
      ["n", 4, 3],
      [3, 2],
      [2, 2],
      ["n", 2],
    ],
    (b, [x, w, u, h0]) =>
      scan(b, {
        initial: [h0],
        sequences: [b.matmul(x, w)],
        constants: [u],
        step: (inner, [h], [z], [U]) => [inner.tanh(inner.add(z, inner.matmul(h, U)))],
      }).last(0),
  ],
  [
    "a scan that keeps gates, backwards, with constants of the batch",
    [
      ["n", 3, 4],
      [2, 4],
      ["n", 2],
      [2, 2],
    ],
    (b, [z, u, scale, v]) => {
      const zero = b.expand(b.reshape(b.const(0), [1, 1]), ["n", 2]);
      const out = scan(b, {
        initial: [zero, zero],
        sequences: [b.flip(z, 1)],
        constants: [u, scale, v],
        step(inner, [h, c], [now], [U, s, V]) {
          const sum = inner.add(now, inner.matmul(h, U));
          const gate = inner.sigmoid(inner.slice(sum, 1, 0, 2));
          const reset = inner.mul(inner.tanh(inner.slice(sum, 1, 2, 4)), h);
          const next = inner.add(inner.mul(gate, c), inner.matmul(inner.add(reset, s), V));
          return [inner.tanh(next), next, gate];
        },
      });
      return b.concat([out.all(0), b.mul(out.all(1), out.all(2))], 2);
    },
  ],
];

test.each<(typeof built)[number]>([...built, ...recurrent])(
  "the gradient of %s",
  (_name, ins, write, from) => {
    const differentiated = withGradients(ins, write);
    const y = differentiated.graph.results.get("y")!;
    const inputs = [...ins.map((shape, i) => sample(shape, 20 + i, from)), sample(y.shape, 99)];
    expect(differentiated.has.every(Boolean)).toBe(true);
    expect(gradientError(differentiated, inputs)).toBeLessThan(1e-6);
  },
);

interface Edge {
  readonly shape: number[];
  readonly inputs: (number | string)[][];
  readonly value: (number | string)[];
  readonly gradients: ((number | string)[] | null)[];
}
const edges = JSON.parse(readFileSync("fixtures/ops/edges.json", "utf8")) as Record<string, Edge>;
const composed: Readonly<Record<string, Write>> = {
  max_of: (b, [x]) => b.max_of(x, [x.shape.length - 1]),
  relu: (b, [x]) => b.max(0, x),
  softplus: (b, [x]) => b.softplus(x),
  sigmoid: (b, [x]) => b.sigmoid(x),
};
/** Equal to float32's precision, NaN to NaN; underflow counts as 0. */
const near = (a: number, b: number): boolean =>
  Object.is(a, b) ||
  a === b ||
  (Number.isNaN(a) && Number.isNaN(b)) ||
  Math.abs(a - b) <= 2e-7 * Math.abs(b) + 1e-37;

test.each(Object.keys(edges))("%s at ties, zeros, infinities and NaN does what TensorFlow does", (name) => {
  const edge = edges[name];
  const inputs = edge.inputs.map((x) => Float64Array.from(x, Number));
  const write = composed[name] ?? ((b: Builder, xs: readonly Node[]) => at(b, name as OpName, xs, {}));
  const { graph } = withGradients(
    inputs.map(() => edge.shape),
    write,
  );
  const ones = new Float64Array(edge.value.length).fill(1);
  const results = evaluate(graph, [...inputs, ones], "float32");
  const differing = (
    got: Float64Array,
    wanted: readonly (number | string)[],
    skipped = new Set<number>(),
  ): string[] =>
    wanted.flatMap((v, i) =>
      skipped.has(i) || near(got[i], Number(v)) ? [] : [`${i}: ${got[i]}, TensorFlow ${v}`],
    );
  // which of two the gradient of a NaN goes to is nobody's concern
  const lost = new Set(
    ["max", "min"].includes(name)
      ? inputs.flatMap((x) => [...x.keys()].filter((i) => Number.isNaN(x[i])))
      : [],
  );
  expect(differing(results.get("y")!.data, edge.value)).toEqual([]);
  edge.gradients.forEach((gradient, i) => {
    const dx = results.get(`d${i}`);
    if (gradient && dx) expect(differing(dx.data, gradient, lost), `gradient ${i}`).toEqual([]);
  });
});

test("erf is within 1e-15", () => {
  const known: readonly [number, number][] = [
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [2.6, 0.9997639655834707],
    [3.5, 0.9999992569016276],
  ];
  for (const [x, y] of known) {
    expect(Math.abs(erf(x) - y)).toBeLessThan(1e-15);
    expect(erf(-x)).toBe(-erf(x));
  }
  expect([erf(0), erf(7), erf(-Infinity), erf(NaN)]).toEqual([0, 1, -1, NaN]);
});

test("every op that folds axes or works element by element says so", () => {
  for (const [name, op] of Object.entries(ops)) {
    if (!Object.hasOwn(cases, name)) continue;
    const reads = (cases[name as keyof typeof cases][0] as AnyCase).ins.length;
    if (op.elementwise) expect(reads).toBeGreaterThan(0);
    if (op.reduces) expect(cases[name as keyof typeof cases][0].attrs).toHaveProperty("axes");
  }
});
