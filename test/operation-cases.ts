import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { differentiate } from "../src/ir/autodiff.ts";
import { build } from "../src/ir/build.ts";
import { Builder } from "../src/ir/builder.ts";
import type { Graph, Node } from "../src/ir/graph.ts";
import { lowerForward } from "../src/ir/lower.ts";
import { leaves, type Model, modelWeights } from "../src/ir/model.ts";
import { programOf } from "../src/ir/program.ts";
import { simplify } from "../src/ir/simplify.ts";
import { numel } from "../src/ir/tensor.ts";
import { surroundingsOf, weightVariable } from "../src/ir/variables.ts";
import { verify } from "../src/ir/verify.ts";
import { parseJson } from "../src/json-text.ts";
import { kerasModel } from "../src/parser/keras-json.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import type { Session } from "../src/runtime/session.ts";
import { wasmSession } from "../src/runtime/wasm-session.ts";
import { scriptSession } from "./script-session.ts";
import { apart } from "./apart.ts";

export interface Facts {
  readonly name: string;
  readonly model: unknown;
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
  readonly dtype: string;
  /** What tf.keras prints. */
  readonly summary?: string;
  /** Of the inputs and weights there are some. */
  readonly gradients: boolean;
}
/** A case with its arrays: see fixtures/operations.py. */
export interface Case {
  readonly facts: Facts;
  readonly x: readonly Float32Array[];
  readonly weights: readonly Float32Array[];
  readonly y: Float32Array;
  readonly dy: Float32Array;
  readonly gradients: readonly Float32Array[];
}

/** The cases of one file. */
export function readCases(name: string): Case[] {
  // an array is an array, whether TensorFlow or numpy held it
  const text = readFileSync(`fixtures/operations/${name}.json`, "utf8").replaceAll("__tensor__", "__numpy__");
  const bytes = readFileSync(`fixtures/operations/${name}.bin`);
  let at = 0;
  const take = (shape: readonly number[]): Float32Array => {
    const from = bytes.byteOffset + at;
    at += 4 * numel(shape);
    return new Float32Array(bytes.buffer.slice(from, bytes.byteOffset + at));
  };
  const cases = (parseJson(text, name) as readonly Facts[]).map((facts): Case => {
    // every input comes with a Dense of its last size
    const shapes = facts.x.flatMap((shape) => [[shape.at(-1)!, shape.at(-1)!], [shape.at(-1)!]]);
    const [x, weights] = [facts.x.map(take), shapes.map(take)];
    const [y, dy] = [take(facts.y), take(facts.y)];
    return { facts, x, weights, y, dy, gradients: facts.gradients ? [...facts.x, ...shapes].map(take) : [] };
  });
  expect(at).toBe(bytes.length);
  return cases;
}

/** y, and as g0, g1 … the gradients of Σ y · dy. */
function programFor({ facts }: Case, model: Model): Graph {
  const b = new Builder(false);
  const xs = facts.x.map((shape, k) => b.input(`x${k}`, ["n", ...shape.slice(1)]) as unknown as Node);
  const [y] = lowerForward(b, model, xs, surroundingsOf(model)).outputs;
  const results = new Map([["y", y]]);
  if (facts.gradients) {
    const dy = b.input("dy", y.shape) as unknown as Node;
    const axes = y.shape.map((_, k) => k);
    const loss = b.reshape(b.sum(b.mul(y, dy), axes), []);
    const weights = modelWeights(model).map(({ weight }) => b.variable(weightVariable(weight)));
    differentiate(b, loss, [...xs, ...weights]).forEach((node, k) => {
      if (node) results.set(`g${k}`, node);
    });
  }
  const graph = simplify(programOf(b, results));
  verify(graph);
  return graph;
}

const SESSIONS: Readonly<Record<string, () => Session>> = {
  interpreter: interpretSession,
  TypeScript: () => scriptSession(1 << 20),
  WebAssembly: () => wasmSession(),
};

function check(one: Case, model: Model, session: Session, graph: Graph): void {
  modelWeights(model).forEach(({ weight }, k) => session.view(weightVariable(weight)).set(one.weights[k]));
  session.touch();
  const run = session.prepare(graph, one.facts.x[0][0]);
  one.x.forEach((x, k) => run.input(`x${k}`).set(x));
  if (graph.inputs.some(({ attrs }) => attrs.name === "dy")) run.input("dy").set(one.dy);
  run.run(one.facts.x[0][0]);
  expect(apart(run.result("y"), one.y), "y").toBeLessThan(5e-6);
  one.gradients.forEach((g, k) => {
    // nothing flows through a sign
    const got = graph.results.has(`g${k}`) ? run.result(`g${k}`) : new Float32Array(g.length);
    // where a gradient vanishes rounding is all there is
    expect(apart(got, g, 0.1), `gradient ${k}`).toBeLessThan(2e-5);
  });
}

/** Outputs and gradients of a case on all engines. */
export function checkEverywhere(one: Case): void {
  const model = build(kerasModel(one.facts.model));
  expect([null, ...one.facts.y.slice(1)]).toEqual(leaves(model.outputs)[0].shape);
  const graph = programFor(one, model);
  for (const [engine, session] of Object.entries(SESSIONS))
    try {
      check(one, model, session(), graph);
    } catch (error) {
      throw new Error(`${engine}: ${(error as Error).message}`, { cause: error });
    }
}
