import { Builder } from "../src/ir/builder.ts";
import { differentiate } from "../src/ir/autodiff.ts";
import type { Graph, Node, Sizes, Variable } from "../src/ir/graph.ts";
import { bindSizes, interpret } from "../src/ir/interpret.ts";
import type { Value } from "../src/ir/ops.ts";
import { uniform } from "../src/ir/random/draws.ts";
import { numel } from "../src/ir/tensor.ts";

/** Graphs under test are written as layers are: from their inputs, on a builder. */
export type Write = (b: Builder, x: readonly Node[]) => Node;
export type Arrays = readonly Float64Array[];

/** The batch that tests bind. */
export const N = 3;

export function graphOf(b: Builder, results: Readonly<Record<string, Node>>): Graph {
  const inputs = b.nodes.filter((node) => node.op === "input") as readonly Node[] as readonly Node<"input">[];
  return {
    nodes: b.nodes,
    inputs,
    results: new Map(Object.entries(results)),
    assigns: b.assigns,
    labels: b.labels,
  };
}

/** Evaluates with inputs named x0, x1 …; variables are 0, 1, 2 … and seeds draw from (7, 0) on. */
export function evaluate(
  graph: Graph,
  inputs: Arrays,
  precision: "float32" | "float64" = "float64",
): ReadonlyMap<string, Value> {
  let draws = 0;
  const named = new Map(inputs.map((data, i) => [`x${i}`, data]));
  const read = ({ shape }: Variable): Value => ({
    shape,
    data: Float64Array.from({ length: numel(shape) }, (_, i) => i),
  });
  const draw = (_: Variable, count: number): Float64Array => Float64Array.from(uniform(count, [7, draws++]));
  return interpret(graph, { n: N, inputs: named, read, uniform: draw }, precision).results;
}

export interface Differentiated {
  readonly graph: Graph;
  /** Which inputs have a gradient. */
  readonly has: readonly boolean[];
}

/** A result `y` and the gradients `d0`, `d1` … of Σ y · w, `w` an input after the others. */
export function withGradients(shapes: readonly Sizes[], write: Write): Differentiated {
  const b = new Builder(true);
  const xs = shapes.map((shape, i) => b.input(`x${i}`, shape) as unknown as Node);
  const y = write(b, xs);
  const w = b.input(`x${xs.length}`, y.shape) as unknown as Node;
  const loss = b.sum(
    b.mul(y, w),
    y.shape.map((_, k) => k),
  );
  const gradients = differentiate(b, loss, xs);
  const found = gradients.flatMap((dx, i) => (dx ? [[`d${i}`, dx] as const] : []));
  return {
    graph: graphOf(b, { y, loss, ...Object.fromEntries(found) }),
    has: gradients.map((dx) => dx !== undefined),
  };
}

/** Numbers from `low` to `high` that no test can predict but everyone can repeat. */
export function sample(
  shape: Sizes,
  seed: number,
  [low, high]: readonly [number, number] = [-2, 2],
): Float64Array {
  const count = numel(bindSizes(shape, N));
  return Float64Array.from(uniform(count, [seed, 0]), (u) => low + (high - low) * u);
}

/** The largest difference between a program's gradients and central differences, relative to the largest gradient. */
export function gradientError({ graph, has }: Differentiated, inputs: Arrays, whole?: number): number {
  const exact = evaluate(graph, inputs);
  const lossAt = (moved: Arrays): number => evaluate(graph, moved).get("loss")!.data[0];
  const errors = has.map((present, i) => {
    if (i === whole) return 0;
    const numeric = inputs[i].map((_, k) => {
      const at = (step: number): number =>
        lossAt(inputs.map((x, j) => (j === i ? x.map((v, m) => (m === k ? v + step : v)) : x)));
      return (at(1e-5) - at(-1e-5)) / 2e-5;
    });
    const analytic = present ? exact.get(`d${i}`)!.data : new Float64Array(numeric.length);
    const scale = Math.max(1e-3, ...numeric.map(Math.abs));
    return Math.max(0, ...numeric.map((v, k) => Math.abs(v - analytic[k]) / scale));
  });
  return errors.some(Number.isNaN) ? NaN : Math.max(0, ...errors);
}
