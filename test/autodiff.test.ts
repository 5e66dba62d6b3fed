import { expect, test } from "vitest";
import { differentiate } from "../src/ir/autodiff.ts";
import { Builder } from "../src/ir/builder.ts";
import type { Node } from "../src/ir/graph.ts";
import { evaluate, graphOf } from "./graphs.ts";

const start = (): { b: Builder; x: Node } => {
  const b = new Builder(true);
  return { b, x: b.input("x0", []) as unknown as Node };
};
const at = (b: Builder, node: Node, x: number): number =>
  evaluate(graphOf(b, { y: node }), [Float64Array.of(x)]).get("y")!.data[0];

test("every path from a node to the loss counts once", () => {
  const { b, x } = start();
  const square = b.mul(x, x);
  const [dx, dsquare] = differentiate(b, b.add(b.mul(square, x), square), [x, square]);
  // x³ + x²
  expect(at(b, dx!, 3)).toBe(3 * 9 + 2 * 3);
  // x + 1
  expect(at(b, dsquare!, 3)).toBe(4);
});

test("what the loss does not depend on, or only through a step, has no gradient", () => {
  const { b, x } = start();
  const other = b.variable({ name: "v", shape: [], kind: "weight" });
  const after = b.exp(x);
  const loss = b.mul(b.floor(x), b.const(2));
  expect(differentiate(b, loss, [x, other, after])).toEqual([undefined, undefined, undefined]);
});

test("the loss itself has gradient 1", () => {
  const { b, x } = start();
  expect(at(b, differentiate(b, x, [x])[0]!, 5)).toBe(1);
});

test("a stopped value is a constant", () => {
  const { b, x } = start();
  const [dx] = differentiate(b, b.mul(b.stop(b.exp(x)), x), [x]);
  expect(at(b, dx!, 2)).toBeCloseTo(Math.exp(2), 12);
});

test("backward nodes belong to the layer they differentiate, and gradients are named after values", () => {
  const { b, x } = start();
  b.from = { layer: "dense", part: "forward" };
  const y = b.label(b.exp(x), "dense");
  b.from = { layer: "loss", part: "loss" };
  const loss = b.mul(y, y);
  const before = b.nodes.length;
  const [dy, dx] = differentiate(b, loss, [y, x]);
  expect(dx!.from).toEqual({ layer: "dense", part: "backward" });
  expect(b.labels.get(dy!)).toBe("d_dense");
  expect(
    b.nodes
      .slice(before)
      .filter((node) => node.from.part === "backward")
      .map((node) => node.from.layer),
  ).toContain("loss");
});

test("saturated sigmoids, softmaxes and logarithms of sums have finite float32 gradients", () => {
  const b = new Builder(true);
  const x = b.input("x0", [4]) as unknown as Node;
  const results = {
    sigmoid: b.sigmoid(x),
    softplus: b.softplus(x),
    softmax: b.softmax(x, [0]),
    logsumexp: b.logsumexp(x, [0]),
  };
  const gradients = Object.entries(results).map(
    ([name, y]) => [name, differentiate(b, b.sum(b.mul(y, y), [0]), [x])[0]!] as const,
  );
  const evaluated = evaluate(
    graphOf(b, Object.fromEntries(gradients)),
    [Float64Array.of(-1000, -90, 90, 1000)],
    "float32",
  );
  for (const [name, { data }] of evaluated) expect([...data].every(Number.isFinite), name).toBe(true);
});
