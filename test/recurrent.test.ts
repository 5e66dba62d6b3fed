import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { differentiate } from "../src/ir/autodiff.ts";
import { build } from "../src/ir/build.ts";
import { Builder } from "../src/ir/builder.ts";
import type { Graph, Node } from "../src/ir/graph.ts";
import { lowerForward } from "../src/ir/lower.ts";
import { type Model, modelWeights } from "../src/ir/model.ts";
import { programOf } from "../src/ir/program.ts";
import { simplify } from "../src/ir/simplify.ts";
import { numel } from "../src/ir/tensor.ts";
import { seedVariables, surroundingsOf, weightVariable } from "../src/ir/variables.ts";
import { verify } from "../src/ir/verify.ts";
import { kerasModel } from "../src/parser/keras-json.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import type { Session } from "../src/runtime/session.ts";
import { wasmSession } from "../src/runtime/wasm-session.ts";
import { apart } from "./apart.ts";
import { scriptSession } from "./script-session.ts";

type Shape = readonly number[];
interface Facts {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly x: Shape;
  readonly mask?: Shape;
  readonly states: readonly Shape[];
  readonly y: readonly Shape[];
  readonly weights: readonly { readonly path: string; readonly shape: Shape; readonly trained: boolean }[];
  readonly training: boolean;
  readonly calls: number;
}
interface Call {
  readonly y: readonly Float32Array[];
  readonly dy: readonly Float32Array[];
  /** Of the input, the states, then the trained weights. */
  readonly gradients: readonly Float32Array[];
}
/** A case with its arrays: see fixtures/recurrent.py. */
interface Case {
  readonly facts: Facts;
  /** By the names of the model's inputs. */
  readonly inputs: ReadonlyMap<string, Float32Array>;
  readonly weights: readonly Float32Array[];
  readonly calls: readonly Call[];
  readonly after: readonly Float32Array[];
}

/** The tensors that the layer is called on: the input, the mask, the initial states. */
function inputsOf({ x, mask, states }: Facts): [string, Shape][] {
  const some: [string, Shape][] = mask ? [["mask", mask]] : [];
  return [["x", x], ...some, ...states.map((shape, k): [string, Shape] => [`state${k}`, shape])];
}

function casesOf(family: string): Case[] {
  const bytes = readFileSync(`fixtures/recurrent/${family}.bin`);
  let at = 0;
  const take = (shape: Shape): Float32Array => {
    const from = bytes.byteOffset + at;
    at += 4 * numel(shape);
    return new Float32Array(bytes.buffer.slice(from, bytes.byteOffset + at));
  };
  const all = JSON.parse(readFileSync(`fixtures/recurrent/${family}.json`, "utf8")) as Facts[];
  const cases = all.map((facts): Case => {
    const trained = facts.weights.filter((w) => w.trained).map((w) => w.shape);
    const inputs = new Map(inputsOf(facts).map(([name, shape]) => [name, take(shape)]));
    const weights = facts.weights.map((w) => take(w.shape));
    const calls = Array.from({ length: facts.calls }, () => ({
      y: facts.y.map(take),
      dy: facts.y.map(take),
      gradients: [facts.x, ...facts.states, ...trained].map(take),
    }));
    const rest = facts.training ? facts.weights.filter((w) => !w.trained) : [];
    return { facts, inputs, weights, calls, after: rest.map((w) => take(w.shape)) };
  });
  expect(at).toBe(bytes.length);
  return cases;
}

function modelOf(facts: Facts): Model {
  const { class_name, config, states } = facts;
  const name = config.name as string;
  const stateful = JSON.stringify(config).includes('"stateful":true');
  const inputs = inputsOf(facts).map(([key, shape]) => ({
    ...{ module: "keras.layers", class_name: "InputLayer", name: key, inbound_nodes: [] },
    config: { batch_shape: [stateful ? shape[0] : null, ...shape.slice(1)], name: key },
  }));
  const tensor = (key: string): unknown => ({
    class_name: "__keras_tensor__",
    config: { shape: [null], dtype: "float32", keras_history: [key, 0, 0] },
  });
  const kwargs = {
    ...(facts.mask && { mask: tensor("mask") }),
    ...(states.length > 0 && { initial_state: states.map((_, k) => tensor(`state${k}`)) }),
  };
  const layers = [...inputs, { class_name, config, name, inbound_nodes: [{ args: [tensor("x")], kwargs }] }];
  const ends = {
    input_layers: inputs.map((one) => [one.name, 0, 0]),
    output_layers: facts.y.map((_, k) => [name, 0, k]),
  };
  return build(kerasModel({ class_name: "Functional", config: { name: "m", layers, ...ends } }));
}

/** y0, y1 …, and as g0, g1 … the gradients of Σ y · dy + penalties. */
function programFor(model: Model, facts: Facts): Graph {
  const b = new Builder(facts.training);
  const places = inputsOf(facts).map(
    ([name, shape]) => b.input(name, ["n", ...shape.slice(1)]) as unknown as Node,
  );
  const { outputs, penalties } = lowerForward(b, model, places, surroundingsOf(model));
  const parts = outputs.map((y, k) => {
    const dy = b.input(`dy${k}`, y.shape) as unknown as Node;
    const all = y.shape.map((_, axis) => axis);
    return b.reshape(b.sum(b.mul(y, dy), all), []);
  });
  const loss = [...parts, ...penalties].reduce((sum, part) => b.add(sum, part));
  const weights = modelWeights(model)
    .filter(({ weight }) => weight.trainable)
    .map(({ weight }) => b.variable(weightVariable(weight)));
  const wanted = [places[0], ...places.slice(facts.mask ? 2 : 1), ...weights];
  const found = differentiate(b, loss, wanted).flatMap((node, k) => (node ? [[`g${k}`, node] as const] : []));
  const named = outputs.map((y, k) => [`y${k}`, y] as const);
  const graph = simplify(programOf(b, new Map([...named, ...found])));
  verify(graph);
  return graph;
}

const SESSIONS: Readonly<Record<string, () => Session>> = {
  interpreter: interpretSession,
  TypeScript: () => scriptSession(),
  WebAssembly: () => wasmSession(),
};

/** A state mixes values of size 1, whose rounding stays where they cancel. */
const LEAST = 0.25;

function check(one: Case, session: Session, graph: Graph, model: Model): void {
  const weights = modelWeights(model).map(({ weight }) => weightVariable(weight));
  weights.forEach((variable, k) => session.view(variable).set(one.weights[k]));
  for (const { variable, seed } of seedVariables(model)) {
    const view = session.view(variable);
    new Uint32Array(view.buffer, view.byteOffset, 2).set([seed ?? 0, 0]);
  }
  session.touch();
  const n = one.facts.x[0];
  const run = session.prepare(graph, n);
  const known = new Set(graph.inputs.map((node) => node.attrs.name));
  for (const call of one.calls) {
    for (const [name, data] of one.inputs) if (known.has(name)) run.input(name).set(data);
    call.dy.forEach((dy, k) => run.input(`dy${k}`).set(dy));
    run.run(n);
    call.y.forEach((y, k) => expect(apart(run.result(`y${k}`), y, LEAST), `y${k}`).toBeLessThan(2e-6));
    call.gradients.forEach((wanted, k) => {
      const got = graph.results.has(`g${k}`) ? run.result(`g${k}`) : new Float32Array(wanted.length);
      expect(apart(got, wanted, 0.1), `gradient ${k}`).toBeLessThan(1e-5);
    });
  }
  const states = weights.filter((_, k) => !one.facts.weights[k].trained);
  one.after.forEach((state, k) =>
    expect(apart(session.view(states[k]), state, LEAST), states[k].name).toBeLessThan(2e-6),
  );
}

const FAMILIES = [
  "simple_rnn",
  "lstm",
  "gru",
  "bidirectional",
  "time_distributed",
  "held",
  "stateful",
  "rnn",
  "networks",
];

describe.each(FAMILIES)("%s", (family) => {
  const cases = casesOf(family).map((one, k) => [`${k} ${JSON.stringify(one.facts.config)}`, one] as const);
  test.each(cases)("%s", (_, one) => {
    const model = modelOf(one.facts);
    expect(modelWeights(model).map(({ weight }) => [weight.path, weight.shape])).toEqual(
      one.facts.weights.map((w) => [w.path, w.shape]),
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
