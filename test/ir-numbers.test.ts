import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { activate } from "../src/ir/activate.ts";
import { differentiate } from "../src/ir/autodiff.ts";
import { build } from "../src/ir/build.ts";
import { Builder } from "../src/ir/builder.ts";
import { activation, activationTable } from "../src/ir/fields/activation.ts";
import type { ActivationConfig } from "../src/ir/config.ts";
import type { Graph, Node, Variable } from "../src/ir/graph.ts";
import { interpret, type Outcome } from "../src/ir/interpret.ts";
import { lowerForward } from "../src/ir/lower.ts";
import { leaves, type Model, modelWeights } from "../src/ir/model.ts";
import { programOf } from "../src/ir/program.ts";
import { surroundingsOf, weightVariable } from "../src/ir/variables.ts";
import { parseKerasJson } from "../src/parser/keras-json.ts";

const folder = "fixtures/ir-numbers/";
const read = <T>(file: string): T => JSON.parse(readFileSync(`${folder}${file}`, "utf8")) as T;

/** The largest difference, relative to the largest value. */
function error(got: ArrayLike<number>, wanted: readonly number[]): number {
  expect(got.length).toBe(wanted.length);
  const scale = Math.max(1e-6, ...wanted.map(Math.abs));
  return Math.max(...wanted.map((v, k) => Math.abs(v - got[k]))) / scale;
}

function run(
  graph: Graph,
  inputs: ReadonlyMap<string, Float64Array>,
  n: number,
  weights = new Map<string, readonly number[]>(),
): Outcome {
  const setting = {
    n,
    inputs,
    read: (v: Variable) => ({ shape: v.shape, data: Float64Array.from(weights.get(v.name)!) }),
    uniform: () => new Float64Array(0),
  };
  return interpret(graph, setting, "float64");
}

interface Activations {
  readonly shape: readonly [number, number];
  readonly x: readonly number[];
  readonly dy: readonly number[];
  readonly cases: Readonly<Record<string, { readonly y: readonly number[]; readonly dx: readonly number[] }>>;
  readonly layers: readonly {
    readonly layer: unknown;
    readonly y: readonly number[];
    readonly dx: readonly number[];
  }[];
}

describe("activations are Keras's, and so are their gradients", () => {
  const { shape, x, dy, cases, layers } = read<Activations>("activations.json");
  const compare = (
    config: ActivationConfig,
    wanted: { y: readonly number[]; dx: readonly number[] },
  ): void => {
    const b = new Builder(true);
    const input = b.input("x", ["n", shape[1]]) as unknown as Node;
    const y = activate(b, input, config);
    const weight = b.slice(b.input("dy", ["n", shape[1]]) as unknown as Node, 1, 0, y.shape[1] as number);
    const [dx] = differentiate(b, b.reshape(b.sum(b.mul(y, weight), [0, 1]), []), [input]);
    const graph = programOf(
      b,
      new Map([
        ["y", y],
        ["dx", dx!],
      ]),
    );
    const { results } = run(
      graph,
      new Map([
        ["x", Float64Array.from(x)],
        ["dy", Float64Array.from(dy)],
      ]),
      shape[0],
    );
    expect(error(results.get("y")!.data, wanted.y)).toBeLessThan(1e-6);
    expect(error(results.get("dx")!.data, wanted.dx)).toBeLessThan(2e-6);
  };

  test.each(Object.keys(cases))("%s", (name) => compare(activationTable.get(name)!.name, cases[name]));
  test.each(layers.map((one, k) => [k, one] as const))("a layer as activation, %i", (_k, one) => {
    const problems: unknown[] = [];
    const config = activation().read!(one.layer, (problem) => problems.push(problem));
    expect(problems).toEqual([]);
    compare(config, one);
  });
  test("all of Keras's are there", () => {
    // hard_sigmoid as older files mean it has no name in Keras 3
    const others = ["threshold", "hard_sigmoid_keras2"];
    expect([...activationTable.keys()].sort()).toEqual([...Object.keys(cases), ...others].sort());
  });
});

interface Numbers {
  readonly config: unknown;
  readonly inputs: readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[];
  readonly weights: readonly (readonly number[])[];
  readonly test: readonly (readonly number[])[];
  readonly train: readonly (readonly number[])[];
  readonly after: readonly (readonly number[])[];
  readonly penalty: number;
}

/** Runs a model forward; results are o0, o1 … and penalty. */
function forward(model: Model, facts: Numbers, training: boolean): Outcome {
  const b = new Builder(training);
  const values = leaves(model.inputs);
  const nodes = values.map(
    (v, k) => b.input(v.layer, ["n", ...facts.inputs[k].shape.slice(1)]) as unknown as Node,
  );
  const { outputs, penalties } = lowerForward(b, model, nodes, surroundingsOf(model));
  const penalty = penalties.reduce((sum, p) => b.add(sum, p), b.const(0));
  const graph = programOf(
    b,
    new Map([...outputs.map((y, k) => [`o${k}`, y] as const), ["penalty", penalty]]),
  );
  const inputs = new Map(values.map((v, k) => [v.layer, Float64Array.from(facts.inputs[k].data)]));
  const weights = new Map(
    modelWeights(model).map(({ weight }, k) => [weightVariable(weight).name, facts.weights[k]]),
  );
  return run(graph, inputs, facts.inputs[0].shape[0], weights);
}

describe.each(readdirSync(folder).filter((file) => file.startsWith("model-")))("%s", (file) => {
  const facts = read<Numbers>(file);
  const model = build(parseKerasJson(JSON.stringify(facts.config)));

  test("computes what Keras computes", () => {
    const { results } = forward(model, facts, false);
    facts.test.forEach((y, k) => expect(error(results.get(`o${k}`)!.data, y)).toBeLessThan(1e-6));
    expect(Math.abs(results.get("penalty")!.data[0] - facts.penalty)).toBeLessThan(
      1e-5 * Math.max(1, facts.penalty),
    );
  });

  test("and in training", () => {
    const { results, assigned } = forward(model, facts, true);
    facts.train.forEach((y, k) => expect(error(results.get(`o${k}`)!.data, y)).toBeLessThan(3e-6));
    modelWeights(model).forEach(({ weight }, k) => {
      const moved =
        [...assigned].find(([variable]) => variable.name === weight.path)?.[1].data ?? facts.weights[k];
      expect(error(moved, facts.after[k]), weight.path).toBeLessThan(1e-6);
    });
  });
});
