import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { differentiate } from "../src/ir/autodiff.ts";
import { build } from "../src/ir/build.ts";
import { Builder } from "../src/ir/builder.ts";
import type { Graph, Node, Variable } from "../src/ir/graph.ts";
import { lowerForward } from "../src/ir/lower.ts";
import { type Model, modelWeights } from "../src/ir/model.ts";
import { programOf } from "../src/ir/program.ts";
import { simplify } from "../src/ir/simplify.ts";
import { numel } from "../src/ir/tensor.ts";
import { surroundingsOf, weightVariable } from "../src/ir/variables.ts";
import { verify } from "../src/ir/verify.ts";
import { kerasModel } from "../src/parser/keras-json.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import type { Session } from "../src/runtime/session.ts";
import { wasmSession } from "../src/runtime/wasm-session.ts";
import { scriptSession } from "./script-session.ts";
import { apart } from "./apart.ts";

interface Facts {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
  readonly weights: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly trained: boolean;
  }[];
  /** Inputs are whole numbers and have no gradient. */
  readonly whole?: true;
  readonly training?: true;
}
/** A case with its arrays: see fixtures/layers.py. */
interface Case {
  readonly facts: Facts;
  readonly x: readonly Float32Array[];
  readonly weights: readonly Float32Array[];
  readonly y: Float32Array;
  readonly dy: Float32Array;
  /** Of the inputs, then of the trained weights. */
  readonly gradients: readonly Float32Array[];
  readonly after: readonly Float32Array[];
}

function casesOf(family: string): Case[] {
  const bytes = readFileSync(`fixtures/layers/${family}.bin`);
  let at = 0;
  const take = (shape: readonly number[]): Float32Array => {
    const from = bytes.byteOffset + at;
    at += 4 * numel(shape);
    return new Float32Array(bytes.buffer.slice(from, bytes.byteOffset + at));
  };
  const all = JSON.parse(readFileSync(`fixtures/layers/${family}.json`, "utf8")) as Facts[];
  const cases = all.map((facts): Case => {
    const trained = facts.weights.filter((w) => w.trained);
    const rest = facts.training ? facts.weights.filter((w) => !w.trained) : [];
    return {
      facts,
      x: facts.x.map(take),
      weights: facts.weights.map((w) => take(w.shape)),
      y: take(facts.y),
      dy: take(facts.y),
      gradients: [...(facts.whole ? [] : facts.x), ...trained.map((w) => w.shape)].map(take),
      after: rest.map((w) => take(w.shape)),
    };
  });
  expect(at).toBe(bytes.length);
  return cases;
}

function modelOf({ class_name, config, x }: Facts): Model {
  const name = config.name as string;
  const inputs = x.map((shape, k) => ({
    ...{ class_name: "InputLayer", name: `x${k}`, inbound_nodes: [] },
    config: { batch_shape: [null, ...shape.slice(1)], name: `x${k}` },
  }));
  const tensors = x.map((shape, k) => ({
    class_name: "__keras_tensor__",
    config: { ...{ shape: [null, ...shape.slice(1)], dtype: "float32" }, keras_history: [`x${k}`, 0, 0] },
  }));
  const call = { args: tensors.length > 1 ? [tensors] : tensors, kwargs: {} };
  const layers = [...inputs, { class_name, config, name, inbound_nodes: [call] }];
  const ends = { input_layers: inputs.map((one) => [one.name, 0, 0]), output_layers: [[name, 0, 0]] };
  return build(kerasModel({ class_name: "Functional", config: { name: "m", layers, ...ends } }));
}

/** y, and as g0, g1 … the gradients of Σ y · dy + penalties. */
function programFor(model: Model, facts: Facts): Graph {
  const b = new Builder(facts.training === true);
  const xs = facts.x.map((shape, k) => b.input(`x${k}`, ["n", ...shape.slice(1)]) as unknown as Node);
  const { outputs, penalties } = lowerForward(b, model, xs, surroundingsOf(model));
  const [y] = outputs;
  const dy = b.input("dy", y.shape) as unknown as Node;
  const axes = y.shape.map((_, k) => k);
  const loss = penalties.reduce((sum, p) => b.add(sum, p), b.reshape(b.sum(b.mul(y, dy), axes), []));
  const weights = modelWeights(model)
    .filter((_, k) => facts.weights[k].trained)
    .map(({ weight }) => b.variable(weightVariable(weight)));
  const wanted = [...(facts.whole ? [] : xs), ...weights];
  const found = differentiate(b, loss, wanted).map((node, k) => [`g${k}`, node!] as const);
  const graph = simplify(programOf(b, new Map([["y", y], ...found])));
  verify(graph);
  return graph;
}

const SESSIONS: Readonly<Record<string, () => Session>> = {
  interpreter: interpretSession,
  TypeScript: () => scriptSession(),
  WebAssembly: () => wasmSession(),
};

function check(one: Case, session: Session, graph: Graph, model: Model): void {
  const variables: readonly Variable[] = modelWeights(model).map(({ weight }) => weightVariable(weight));
  variables.forEach((variable, k) => session.view(variable).set(one.weights[k]));
  session.touch();
  const n = one.facts.y[0];
  const run = session.prepare(graph, n);
  one.x.forEach((x, k) => run.input(`x${k}`).set(x));
  // a program of which no gradient asks has no such input
  run.input("dy").set(one.dy);
  run.run(n);
  expect(apart(run.result("y"), one.y), "y").toBeLessThan(2e-6);
  one.gradients.forEach((g, k) =>
    // where a gradient vanishes, as that of a normalized row of one, rounding is all there is
    expect(apart(run.result(`g${k}`), g, 1e-3), `gradient ${k}`).toBeLessThan(1e-5),
  );
  const states = variables.filter((_, k) => !one.facts.weights[k].trained);
  one.after.forEach((state, k) =>
    expect(apart(session.view(states[k]), state), states[k].name).toBeLessThan(2e-6),
  );
}

const FAMILIES = [
  ...["pooling1d", "pooling2d", "pooling_global", "reshaping"],
  ...["normalization", "embedding", "merging"],
];
const label = ({ class_name, config, x, training }: Facts): string => {
  const told = Object.entries(config).filter(
    ([key, v]) =>
      !["name", "trainable"].includes(key) && v !== null && (typeof v !== "object" || Array.isArray(v)),
  );
  const mode = training ? " in training" : "";
  return `${class_name}${mode} of ${JSON.stringify(x)}: ${JSON.stringify(Object.fromEntries(told))}`;
};

describe.each(FAMILIES)("%s", (family) => {
  test.each(casesOf(family).map((one, k) => [`${k} ${label(one.facts)}`, one] as const))("%s", (_, one) => {
    const model = modelOf(one.facts);
    expect(modelWeights(model).map(({ weight }) => [weight.name, weight.shape])).toEqual(
      one.facts.weights.map((w) => [w.name, w.shape]),
    );
    const graph = programFor(model, one.facts);
    for (const [engine, session] of Object.entries(SESSIONS))
      try {
        check(one, session(), graph, model);
      } catch (error) {
        throw new Error(`${engine}: ${(error as Error).message}`, { cause: error });
      }
  });
});
