import { expect, test } from "vitest";
import { differentiate } from "../src/ir/autodiff.ts";
import { Builder } from "../src/ir/builder.ts";
import type { Graph, Node, Variable } from "../src/ir/graph.ts";
import { printGraph } from "../src/ir/print-graph.ts";
import { uniform } from "../src/ir/random/draws.ts";
import { simplify } from "../src/ir/simplify.ts";
import { verify } from "../src/ir/verify.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import { evaluate, graphOf } from "./graphs.ts";

const kernel: Variable = { name: "dense/kernel", shape: [2, 1], kind: "weight" };
const seed: Variable = { name: "dropout/seed", shape: [2], kind: "seed" };

/** One step of gradient descent on Σ (x · kernel − t)² / n. */
function descent(): Graph {
  const b = new Builder(true);
  b.from = { layer: "dense", part: "forward" };
  const x = b.input("x", ["n", 2]) as unknown as Node;
  const w = b.variable(kernel);
  const y = b.matmul(x, w);
  b.from = { layer: "loss", part: "loss" };
  const t = b.input("t", ["n", 1]) as unknown as Node;
  const loss = b.mean(b.square(b.sub(y, t)), [0, 1]);
  const [gradient] = differentiate(b, loss, [w]);
  b.from = { layer: "sgd", part: "update" };
  b.assign(w, b.sub(w, b.mul(0.03125, gradient!)));
  return graphOf(b, { y, loss });
}

test("a session trains, any batch up to its own, and keeps its variables", () => {
  const graph = descent();
  const session = interpretSession();
  session.view(kernel).set([1, -1]);
  const step = session.prepare(graph, 4);
  expect(session.engine).toBe("interpret");
  expect(session.prepare(graph, 4)).toBe(step);
  expect(session.prepare(graph, 2)).not.toBe(step);
  step.input("x").set([1, 2, 3, 4, 9, 9, 9, 9]);
  step.input("t").set([1, 0, 9, 9]);
  step.run(2);
  // y = (−1, −1), errors (−2, −1), loss (4 + 1) / 2, gradient (2·1·−2 + 2·3·−1, 2·2·−2 + 2·4·−1) / 2 = (−5, −8)
  expect([...step.result("y")]).toEqual([-1, -1]);
  expect([...step.result("loss")]).toEqual([2.5]);
  expect([...session.view(kernel)]).toEqual([1 + 5 / 32, -1 + 8 / 32]);
  const losses = Array.from({ length: 200 }, () => {
    step.run(2);
    return step.result("loss")[0];
  });
  losses.forEach((loss, i) => expect(loss).toBeLessThan(losses[i - 1] ?? 2.5));
});

test("a session's seed counts its draws, in whatever program they are", () => {
  const program = (): Graph => {
    const b = new Builder(true);
    return graphOf(b, { u: b.random(seed, ["n", 2]), v: b.random(seed, [3]) });
  };
  const session = interpretSession();
  const state = new Uint32Array(session.view(seed).buffer, session.view(seed).byteOffset, 2);
  state[0] = 2_000_000_000;
  for (const [run, rows] of [5, 1, 5].entries()) {
    const executable = session.prepare(program(), 5);
    executable.run(rows);
    expect(executable.result("u")).toEqual(uniform(rows * 2, [2_000_000_000, run * 2]));
    expect(executable.result("v")).toEqual(uniform(3, [2_000_000_000, run * 2 + 1]));
  }
  expect([...state]).toEqual([2_000_000_000, 6]);
});

test("what a session cannot do is an internal error that says so", () => {
  const session = interpretSession();
  const step = session.prepare(descent(), 4);
  expect(() => step.result("y")).toThrow("before the first run");
  for (const rows of [0, 5, 1.5, NaN]) expect(() => step.run(rows)).toThrow("rows");
  expect(() => step.input("z")).toThrow("no input z");
  step.run(1);
  expect(() => step.result("z")).toThrow("no result z");
  expect(() => session.view({ ...kernel, shape: [3] })).toThrow("two shapes");
});

test("float32 rounds every node, float64 none", () => {
  const b = new Builder(false);
  const x = b.input("x0", []) as unknown as Node;
  const graph = graphOf(b, { y: b.sub(b.add(x, 1), 1) });
  const y = (precision: "float32" | "float64"): number =>
    evaluate(graph, [Float64Array.of(1e-9)], precision).get("y")!.data[0];
  expect(y("float32")).toBe(0);
  expect(y("float64")).toBeCloseTo(1e-9, 15);
});

test("a program in print", () => {
  expect(printGraph(simplify(descent()))).toBe(`%x: f32[n,2] = input   ; dense forward
%w:dense/kernel: f32[2,1] = variable   ; dense forward
%2: f32[n,1] = einsum "ay,yz->az"(%x, %w:dense/kernel)   ; dense forward
%t: f32[n,1] = input   ; loss loss
%4: f32[n,1] = sub(%2, %t)   ; loss loss
%5: f32[n,1] = mul(%4, %4)   ; loss loss
%6: f32[1,1] = sum axes=[0](%5)   ; loss loss
%7: f32[] = batch   ; loss loss
%8: f32[] = const 1   ; loss loss
%9: f32[1,1] = reshape(%7)   ; loss loss
%10: f32[1,1] = div(%6, %9)   ; loss loss
%11: f32[1,1] = reshape(%8)   ; loss loss = d_loss_div
%12: f32[1,1] = div(%11, %9)   ; loss backward = d_loss_sum
%13: f32[n,1] = expand(%12)   ; loss backward = d_loss_mul
%14: f32[n,1] = mul(%13, %4)   ; loss backward
%15: f32[] = const 2   ; loss backward
%16: f32[1,1] = reshape(%15)   ; loss backward
%17: f32[n,1] = expand(%16)   ; loss backward
%18: f32[n,1] = mul(%14, %17)   ; loss backward = d_loss_sub
%19: f32[2,1] = einsum "ay,az->yz"(%x, %18)   ; dense backward = d_dense_variable
%20: f32[] = const 0.03125   ; sgd update
%21: f32[1,1] = reshape(%20)   ; sgd update
%22: f32[2,1] = expand(%21)   ; sgd update
%23: f32[2,1] = mul(%19, %22)   ; sgd update
%24: f32[2,1] = sub(%w:dense/kernel, %23)   ; sgd update
return y = %2
return loss = %10
%w:dense/kernel := %24
`);
});

const from = { layer: "dense", part: "forward" } as const;
const input = (id: number, shape: Node["shape"]): Node => ({
  id,
  op: "input",
  in: [],
  attrs: { name: `x${id}`, shape },
  shape,
  from,
});
const x = input(0, ["n", 4]);
const column = input(0, [2, 1]);
const row = input(1, [4]);
const wrong = (nodes: readonly Node[], rest: Partial<Graph> = {}): Graph => ({
  nodes,
  inputs: [],
  results: new Map(),
  assigns: [],
  labels: new Map(),
  ...rest,
});
const neg = (id: number, of: Node, shape = of.shape): Node => ({
  id,
  op: "neg",
  in: [of],
  attrs: {},
  shape,
  from,
});
const made = (op: Node["op"], ins: readonly Node[], attrs: object, shape: Node["shape"]): Node =>
  ({ id: 5, op, in: ins, attrs, shape, from }) as Node;

test.each<[string, Graph, string]>([
  [
    "numbers out of order",
    wrong([x, neg(3, x), neg(2, x)]),
    "node 2 (neg, dense forward) does not come in order",
  ],
  ["a use before the definition", wrong([neg(0, neg(7, x))]), "node 0 (neg, dense forward) reads node 7"],
  ["a false shape", wrong([x, neg(1, x, ["n", 5])]), "says shape [n,5] where it has [n,4]"],
  ["an unknown op", wrong([made("cosh" as Node["op"], [], {}, [])]), "no known op"],
  ["a missing operand", wrong([x, made("add", [x], {}, ["n", 4])]), "cannot be of [n,4]"],
  ["operands of two shapes", wrong([x, row, made("add", [x, row], {}, ["n", 4])]), "cannot be of [n,4], [4]"],
  ["the batch in second place", wrong([input(0, [4, "n"])]), "impossible shape [4,n]"],
  ["an empty axis", wrong([input(0, [0])]), "impossible shape [0]"],
  [
    "a reshape that loses elements",
    wrong([x, made("reshape", [x], { shape: ["n", 5] }, ["n", 5])]),
    "cannot be of",
  ],
  [
    "a permutation of too few",
    wrong([x, made("permute", [x], { perm: [0, 0] }, ["n", "n"])]),
    "cannot be of",
  ],
  [
    "a slice beyond the end",
    wrong([x, made("slice", [x], { axis: 1, start: 2, stop: 5 }, ["n", 3])]),
    "cannot be of",
  ],
  [
    "a slice of the batch",
    wrong([x, made("slice", [x], { axis: 0, start: 0, stop: 1 }, [1, 4])]),
    "cannot be of",
  ],
  ["a sum over no axis", wrong([x, made("sum", [x], { axes: [] }, ["n", 4])]), "cannot be of"],
  [
    "a letter of its own",
    wrong([x, made("einsum", [x, x], { a: "ab", b: "ac", out: "ac" }, ["n", 4])]),
    "cannot be of",
  ],
  ["a constant beyond float32", wrong([made("const", [], { value: 0.1 }, [])]), "cannot be of"],
  ["two inputs of one name", wrong([x, { ...x, id: 1 }]), "a second input x0"],
  ["a foreign result", wrong([x], { results: new Map([["y", neg(1, x)]]) }), "result y is no node"],
  [
    "a foreign input",
    wrong([x], { inputs: [input(1, [2]) as unknown as Node<"input">] }),
    "input x1 is no node",
  ],
  [
    "an assignment of another shape",
    wrong([x], { assigns: [{ variable: kernel, value: x }] }),
    "another shape",
  ],
  [
    "two assignments",
    wrong([column], { assigns: [column, column].map((value) => ({ variable: kernel, value })) }),
    "second value",
  ],
])("verify refuses %s", (_what, graph, said) => {
  expect(() => verify(graph)).toThrow(said);
});

test("verify accepts what builders build", () => {
  expect(() => verify(descent())).not.toThrow();
});
