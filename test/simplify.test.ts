import fc from "fast-check";
import { expect, test } from "vitest";
import { Builder } from "../src/ir/builder.ts";
import type { Graph, Node, OpAttrs, OpName, Sizes, Variable } from "../src/ir/graph.ts";
import { printGraph } from "../src/ir/print-graph.ts";
import { simplify } from "../src/ir/simplify.ts";
import { rules } from "../src/ir/simplify-rules.ts";
import { verify } from "../src/ir/verify.ts";
import { evaluate, graphOf, sample, type Write, withGradients } from "./graphs.ts";

const op = (b: Builder, name: OpName, ins: readonly Node[], attrs: object = {}): Node =>
  b.node(name, ins, attrs as OpAttrs[OpName]);

function program(ins: readonly Sizes[], write: Write): Graph {
  const b = new Builder(false);
  const xs = ins.map((shape, i) => b.input(`x${i}`, shape) as unknown as Node);
  return graphOf(b, { y: write(b, xs) });
}

/** The program's operations in order, its inputs and numbers left out. */
const spoken = (graph: Graph): string =>
  graph.nodes
    .map((node) => node.op)
    .filter((name) => name !== "input" && name !== "const")
    .join(" ");

const m: Sizes = ["n", 4];
/** For every rule a program on which it acts, and what is left of it. */
const examples: Readonly<Record<string, readonly [readonly Sizes[], Write, string]>> = {
  "number + x = x + number": [[[]], (b, [x]) => b.sub(b.mul(3, x), b.mul(x, 3)), "mul sub"],
  "x + 0 = x": [[m], (b, [x]) => b.sub(b.add(x, 0), 0), ""],
  "0 - x = -x": [[m], (b, [x]) => b.sub(0, x), "neg"],
  "x * 1 = x": [[m], (b, [x]) => b.div(b.mul(1, x), 1), ""],
  "x * -1 = -x": [[m], (b, [x]) => b.mul(x, -1), "neg"],
  "-(-x) = x": [[m], (b, [x]) => b.neg(b.neg(x)), ""],
  "-(x - y) = y - x": [[m, m], (b, [x, y]) => b.neg(b.sub(x, y)), "sub"],
  "-(x * number) = x * -number": [[[]], (b, [x]) => b.neg(b.mul(x, 3)), "mul"],
  "-x * number = x * -number": [[[]], (b, [x]) => b.mul(b.neg(x), 3), "mul"],
  "x + -y = x - y": [
    [m, m],
    (b, [x, y]) => b.add(b.neg(b.exp(x)), b.sub(b.add(x, b.neg(y)), b.expand(b.neg(b.sum(x, [0])), m))),
    "exp sub sum expand add sub",
  ],
  "-x * y = -(x * y)": [
    [m, m],
    (b, [x, y]) => b.add(b.mul(b.neg(x), b.neg(y)), b.div(x, b.neg(y))),
    "mul div sub",
  ],
  "(g / s - sum of g * y / s) * e, where y = e / s, = (g - sum of g * y) * y": [
    [m, m],
    (b, [x, g]) => {
      const [e, s] = [b.exp(x), b.expand(b.sum(b.exp(x), [1]), m)];
      const all = b.expand(b.sum(b.div(b.mul(b.div(e, s), g), s), [1]), m);
      return b.mul(b.sub(b.div(g, s), all), e);
    },
    "exp sum expand div mul sum expand sub mul",
  ],
  "(t ? 0 : g) * c * (x > 0) = g * c * (y > 0), where y = t ? 0 : x * c": [
    [m, m, m],
    (b, [t, x, g]) => {
      const y = b.where(b.greater(t, 1), 0, b.mul(x, 1.25));
      const d = b.mul(b.mul(b.where(b.greater(t, 1), 0, g), 1.25), b.greater(x, 0));
      return b.sub(y, d);
    },
    "reshape expand greater reshape expand mul reshape expand where greater mul mul sub",
  ],
  "sum of -x = -(sum of x)": [[m], (b, [x]) => b.neg(b.sum(b.neg(x), [0])), "sum"],
  "x + x = x * 2": [[[]], (b, [x]) => b.mul(b.add(x, x), 3), "mul"],
  "x - -y = x + y": [[m, m], (b, [x, y]) => b.sub(x, b.neg(y)), "add"],
  "x / 2^k = x * 2^-k": [[[]], (b, [x]) => b.add(b.div(x, 4), b.div(x, 3)), "mul div add"],
  "x * a * b = x * (a * b)": [[[]], (b, [x]) => b.mul(b.mul(x, 3), 5), "mul"],
  "x ^ 1 = x": [[m], (b, [x]) => b.powi(x, 1), ""],
  "x ^ 2 = x * x": [[m], (b, [x]) => b.powi(x, 2), "mul"],
  "x ^ 0 = 1": [[[]], (b, [x]) => b.add(x, b.powi(x, 0)), "add"],
  "where of a known test": [
    [m, m],
    (b, [x, y]) => b.add(b.where(b.const(1), x, y), b.where(b.greater(x, y), y, y)),
    "add",
  ],
  "an operation on numbers": [[], (b) => b.exp(b.sub(b.const(3), 2)), ""],
  "reshape to the same shape": [
    [m],
    (b, [x]) => op(b, "expand", [op(b, "reshape", [x], { shape: m })], { shape: m }),
    "",
  ],
  "reshape of reshape": [[m], (b, [x]) => b.reshape(b.reshape(x, ["n", 2, 2]), ["n", 1, 4]), "reshape"],
  "expand of expand": [[[1, 1]], (b, [x]) => b.expand(b.expand(x, [1, 4]), m), "expand"],
  "a number moved about": [
    [],
    (b) => b.permute(b.expand(b.reshape(b.const(2), [1, 1]), [2, 3]), [1, 0]),
    "reshape expand",
  ],
  "permute to the same order": [[m], (b, [x]) => op(b, "permute", [x], { perm: [0, 1] }), ""],
  "permute of permute": [[["n", 2, 3]], (b, [x]) => b.permute(b.permute(x, [0, 2, 1]), [0, 2, 1]), ""],
  "slice of everything": [[m], (b, [x]) => op(b, "slice", [x], { axis: 1, start: 0, stop: 4 }), ""],
  "slice of slice": [[m], (b, [x]) => b.slice(b.slice(x, 1, 1, 4), 1, 1, 2), "slice"],
  "slice of pad = pad of slice": [
    [m],
    (b, [x]) => b.slice(b.pad(x, [{ axis: 1, before: 2, after: 1 }]), 1, 2, 6),
    "",
  ],
  "pad by nothing": [
    [m],
    (b, [x]) => op(b, "pad", [x], { pads: [{ axis: 1, before: 0, after: 0 }], value: 0 }),
    "",
  ],
  "pad with the number it is made of": [
    [],
    (b) =>
      op(b, "pad", [b.expand(b.reshape(b.const(0), [1, 1]), m)], {
        pads: [{ axis: 1, before: 1, after: 0 }],
        value: 0,
      }),
    "reshape expand",
  ],
  "flip of flip = x": [[m], (b, [x]) => b.flip(b.flip(x, 1), 1), ""],
  // in any order: the last of three lies before the first
  "pad + pad beside it = concat": [
    [m],
    (b, [x]) => {
      const beside = (y: Node, before: number): Node => b.pad(y, [{ axis: 1, before, after: 8 - before }]);
      return b.add(b.add(beside(x, 4), beside(b.exp(x), 8)), beside(b.neg(x), 0));
    },
    "exp neg concat",
  ],
  "concat of one": [[m], (b, [x]) => op(b, "concat", [x], { axis: 1 }), ""],
  "an operation on repeated values": [
    [[1, 4]],
    (b, [x]) => b.mul(b.exp(b.expand(x, m)), 2),
    "exp reshape expand mul expand",
  ],
  "sum over axes of size 1": [[["n", 1]], (b, [x]) => b.sum(b.max_of(x, [1]), [0, 1]), "sum"],
  "sum of sum": [[m], (b, [x]) => b.sum(b.sum(x, [1]), [0]), "sum"],
  "sum of repeated values": [[["n", 1]], (b, [x]) => b.sum(b.expand(x, m), [0, 1]), "sum reshape mul"],
  "product of permuted operands": [[m, [5, 4]], (b, [x, w]) => b.matmul(x, b.permute(w, [1, 0])), "einsum"],
  "permute of a product": [
    [
      [3, 4],
      [4, 5],
    ],
    (b, [x, w]) => b.permute(b.matmul(x, w), [1, 0]),
    "einsum",
  ],
  "a factor of a product's operand, where the product is smaller": [
    [m, [4, 1]],
    (b, [x, w]) => b.matmul(b.mul(x, 0.5), w),
    "reshape einsum expand mul",
  ],
};

test("every rule has an example", () => {
  expect(Object.keys(examples).sort()).toEqual(rules.map((r) => r.name).sort());
});

test.each(Object.entries(examples))("%s", (_name, [ins, write, left]) => {
  const before = program(ins, write);
  const after = simplify(before);
  verify(before);
  verify(after);
  expect(spoken(after)).toBe(left);
  const inputs = ins.map((shape, i) => sample(shape, 40 + i));
  const [wanted, got] = [before, after].map((graph) => evaluate(graph, inputs).get("y")!);
  expect(got.shape).toEqual(wanted.shape);
  got.data.forEach((v, i) => expect(v).toBeCloseTo(wanted.data[i], 6));
});

test("what must not be simplified is left alone", () => {
  const kept = (ins: readonly Sizes[], write: Write): string => spoken(simplify(program(ins, write)));
  expect(kept([[]], (b, [x]) => b.mul(x, 0))).toBe("mul");
  expect(kept([[]], (b, [x]) => b.sub(x, x))).toBe("sub");
  expect(kept([[]], (b, [x]) => b.div(x, 3))).toBe("div");
  expect(kept([[]], (b, [x]) => b.mul(b.mul(x, 1e30), 1e-30))).toBe("mul mul");
  expect(kept([m, [4, 8]], (b, [x, w]) => b.matmul(b.mul(x, 3), w))).toBe("reshape expand mul einsum");
  const shrunk: Write = (b, [x, g]) => {
    const y = b.where(b.greater(x, 1), 0, b.mul(x, 0.5)); // the smallest x times 0.5 is 0
    return b.add(y, b.mul(b.mul(b.where(b.greater(x, 1), 0, g), 0.5), b.greater(x, 0)));
  };
  expect(
    kept([m, m], shrunk)
      .split(" ")
      .filter((op) => op === "where"),
  ).toHaveLength(2);
  const apart: Write = (b, [x]) =>
    b.add(b.pad(x, [{ axis: 1, before: 0, after: 5 }]), b.pad(x, [{ axis: 1, before: 5, after: 0 }]));
  expect(kept([m], apart)).toBe("pad pad add");
  const overlapping: Write = (b, [x]) =>
    b.add(b.pad(x, [{ axis: 1, before: 0, after: 3 }]), b.pad(x, [{ axis: 1, before: 3, after: 0 }]));
  expect(kept([m], overlapping)).toBe("pad pad add");
  const across: Write = (b, [x]) =>
    b.add(b.pad(x, [{ axis: 1, before: 0, after: 4 }]), b.pad(x, [{ axis: 1, before: 4, after: 0 }], 2));
  expect(kept([m], across)).toBe("pad pad add");
  const twice: Write = (b, [x, w]) => {
    const scaled = b.mul(x, 3);
    return b.add(b.sum(b.matmul(scaled, w), [1]), b.sum(b.exp(scaled), [1]));
  };
  expect(kept([m, [4, 1]], twice)).toContain("mul einsum");
});

test("parts are joined in whatever order they are added", () => {
  const ins: readonly Sizes[] = [m, ["n", 2], ["n", 3]];
  const write: Write = (b, [x, y, z]) => {
    const [first, middle, last] = [
      b.pad(y, [{ axis: 1, before: 0, after: 7 }]),
      b.pad(x, [{ axis: 1, before: 2, after: 3 }]),
      b.pad(z, [{ axis: 1, before: 6, after: 0 }]),
    ];
    return b.add(b.add(last, first), middle);
  };
  const joined = simplify(program(ins, write));
  expect(spoken(joined)).toBe("concat");
  expect(joined.results.get("y")!.in.map(({ shape }) => shape[1])).toEqual([2, 4, 3]);
});

test("equal nodes become one, dead ones go, inputs and draws stay in order", () => {
  const b = new Builder(true);
  const seed: Variable = { name: "seed", shape: [2], kind: "seed" };
  const weight: Variable = { name: "w", shape: [], kind: "weight" };
  const x = b.input("x0", []) as unknown as Node;
  b.input("x1", []);
  b.exp(x);
  const draws = [b.random(seed, []), b.random(seed, []), b.random(seed, [])];
  b.assign(weight, b.add(b.variable(weight), b.label(b.tanh(b.add(x, draws[2])), "kept")));
  const y = b.add(b.tanh(b.add(draws[2], x)), b.variable(weight));
  const before = graphOf(b, { y });
  const after = simplify(before);
  verify(after);
  expect(printGraph(after)).toBe(
    `%x0: f32[] = input   ; forward
%x1: f32[] = input   ; forward
%2: f32[] = random seed=%w:seed   ; forward
%3: f32[] = random seed=%w:seed   ; forward
%4: f32[] = random seed=%w:seed   ; forward
%w:w: f32[] = variable   ; forward
%6: f32[] = add(%x0, %4)   ; forward
%7: f32[] = tanh(%6)   ; forward = kept
%8: f32[] = add(%w:w, %7)   ; forward
return y = %8
%w:w := %8
`,
  );
  expect(evaluate(after, [Float64Array.of(0.3), Float64Array.of(0)])).toEqual(
    evaluate(before, [Float64Array.of(0.3), Float64Array.of(0)]),
  );
});

test("a dense layer's gradient, simplified", () => {
  const { graph } = withGradients([["n", 3], [3, 2], [2]], (b, [x, w, bias]) =>
    b.max(0, b.add(b.matmul(x, w), bias)),
  );
  const after = simplify(graph);
  verify(graph);
  verify(after);
  expect(after.nodes.length).toBeLessThanOrEqual(graph.nodes.length - 10);
  const inputs = [sample(["n", 3], 1), sample([3, 2], 2), sample([2], 3), sample(["n", 2], 4)];
  const [wanted, got] = [graph, after].map((g) => evaluate(g, inputs));
  for (const [name, value] of wanted)
    value.data.forEach((v, i) => expect(got.get(name)!.data[i]).toBeCloseTo(v, 9));
});

/** A node and how many bits its numbers may need: below 53 arithmetic is exact, and so is the comparison. */
interface Exact {
  readonly node: Node;
  readonly bits: number;
}
const NUMBERS = [0, 1, -1, 2, 0.5, -4, 3];
const WIDTH = 4;

type Step = (b: Builder, x: Exact, y: Exact, number: number, pick: number) => Exact;
const same =
  (f: (b: Builder, x: Node) => Node): Step =>
  (b, x) => ({ node: f(b, x.node), bits: x.bits });
const both =
  (f: (b: Builder, x: Node, y: Node) => Node): Step =>
  (b, x, y) => ({ node: f(b, x.node, y.node), bits: Math.max(x.bits, y.bits) + 1 });
const withNumber =
  (f: (b: Builder, x: Node, c: number) => Node): Step =>
  (b, x, _y, c) => ({ node: f(b, x.node, c), bits: x.bits + 3 });

/** Steps from matrices [n, 4] to matrices [n, 4], by ways that the rules know. */
const steps: readonly Step[] = [
  same((b, x) => b.neg(x)),
  same((b, x) => b.abs(x)),
  same((b, x) => b.floor(x)),
  same((b, x) => b.reshape(b.reshape(x, ["n", 2, 2]), ["n", WIDTH])),
  same((b, x) => b.reshape(b.permute(b.reshape(x, ["n", 2, 2]), [0, 2, 1]), ["n", WIDTH])),
  same((b, x) => b.expand(b.slice(x, 1, 1, 2), x.shape)),
  same((b, x) => b.slice(b.pad(x, [{ axis: 1, before: 2, after: 1 }]), 1, 2, 6)),
  same((b, x) => b.slice(b.slice(b.pad(x, [{ axis: 1, before: 1, after: 1 }]), 1, 0, 5), 1, 0, 4)),
  same((b, x) => b.concat([b.slice(x, 1, 2, 4), b.slice(x, 1, 0, 2)], 1)),
  same((b, x) => b.expand(b.max_of(x, [1]), x.shape)),
  same((b, x) => b.expand(b.max_of(x, [0]), x.shape)),
  (b, { node, bits }, _y, _c, pick) => ({
    node: b.expand(b.sum(node, [pick % 2]), node.shape),
    bits: bits + 2,
  }),
  (b, { node, bits }) => ({ node: b.expand(b.sum(b.sum(node, [1]), [0]), node.shape), bits: bits + 4 }),
  (b, { node, bits }) => ({
    node: b.add(node, b.sum(b.expand(b.slice(node, 1, 0, 1), node.shape), [0, 1])),
    bits: bits + 5,
  }),
  both((b, x, y) => b.add(x, y)),
  both((b, x, y) => b.sub(x, y)),
  both((b, x, y) => b.max(x, y)),
  both((b, x, y) => b.greater(x, y)),
  both((b, x, y) => b.equal(x, y)),
  both((b, x, y) => b.where(b.greater(x, 0), x, y)),
  (b, x, y) => ({ node: b.mul(x.node, y.node), bits: x.bits + y.bits }),
  withNumber((b, x, c) => b.add(c, x)),
  withNumber((b, x, c) => b.mul(x, c)),
  withNumber((b, x, c) => b.sub(c, x)),
  withNumber((b, x, c) => b.where(b.const(c), x, b.neg(x))),
  withNumber((b, x, c) => b.div(x, c === 0 || c === 3 ? 2 : c)),
  withNumber((b, x, c) => b.add(x, b.abs(b.sub(b.const(c), 1)))),
  (b, x, _y, _c, pick) => ({ node: b.powi(x.node, pick % 3), bits: 2 * x.bits }),
  (b, x) => ({ node: b.matmul(x.node, square(b)), bits: x.bits + 8 }),
  (b, x) => ({ node: b.matmul(b.mul(x.node, 2), square(b)), bits: x.bits + 9 }),
];

/** 4 × 4 numbers that a product may be taken with. */
function square(b: Builder): Node {
  const variable: Variable = { name: "square", shape: [WIDTH, WIDTH], kind: "weight" };
  return b.permute(b.mul(b.variable(variable), 2), [1, 0]);
}

test("any program keeps its values", () => {
  const choice = fc.record({
    step: fc.nat(steps.length - 1),
    x: fc.nat(),
    y: fc.nat(),
    number: fc.constantFrom(...NUMBERS),
    pick: fc.nat(5),
  });
  const quarters = fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 12, maxLength: 12 });
  fc.assert(
    fc.property(
      fc.array(choice, { minLength: 1, maxLength: 14 }),
      fc.array(quarters, { minLength: 2, maxLength: 2 }),
      (choices, data) => {
        const b = new Builder(false);
        const pool: Exact[] = [0, 1].map((i) => ({
          node: b.input(`x${i}`, ["n", WIDTH]) as unknown as Node,
          bits: 5,
        }));
        for (const { step, x, y, number, pick } of choices) {
          const next = steps[step](b, pool[x % pool.length], pool[y % pool.length], number, pick);
          if (next.bits < 50) pool.push(next);
        }
        const before = graphOf(b, Object.fromEntries(pool.slice(-3).map(({ node }, i) => [`r${i}`, node])));
        const after = simplify(before);
        verify(before);
        verify(after);
        const inputs = data.map((values) => Float64Array.from(values, (v) => v / 4));
        const [wanted, got] = [before, simplify(after)].map((graph) => evaluate(graph, inputs));
        for (const [name, value] of wanted) {
          // 0 and −0 are the same number here
          expect(
            [...got.get(name)!.data].map((v) => v + 0),
            `${name} of\n${printGraph(before)}\n${printGraph(after)}`,
          ).toEqual([...value.data].map((v) => v + 0));
        }
      },
    ),
    { numRuns: 150 },
  );
});
