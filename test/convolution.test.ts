import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ModelError } from "../src/diagnostics.ts";
import { differentiate } from "../src/ir/autodiff.ts";
import { build } from "../src/ir/build.ts";
import { Builder } from "../src/ir/builder.ts";
import type { Graph, Node } from "../src/ir/graph.ts";
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
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly weights: readonly (readonly number[])[];
}
/** A case with its arrays: the input, the weights, what comes out, and the gradients of Σ y · dy. */
interface Case {
  readonly label: string;
  readonly facts: Facts;
  readonly x: Float32Array;
  readonly weights: readonly Float32Array[];
  readonly y: Float32Array;
  readonly dy: Float32Array;
  readonly dx: Float32Array;
  readonly gradients: readonly Float32Array[];
}

const INTERESTING = ["kernel_size", "strides", "padding", "dilation_rate", "groups", "data_format", "size"];
const label = ({ class_name, config, x }: Facts): string =>
  `${class_name} of [${x}]: ${INTERESTING.flatMap((k) => (k in config ? [`${k} ${JSON.stringify(config[k])}`] : [])).join(", ")}`;

function casesOf(family: string): Case[] {
  const bytes = readFileSync(`fixtures/convolution/${family}.bin`);
  let at = 0;
  const take = (shape: readonly number[]): Float32Array => {
    const from = bytes.byteOffset + at;
    at += 4 * numel(shape);
    return new Float32Array(bytes.buffer.slice(from, bytes.byteOffset + at));
  };
  const all = JSON.parse(readFileSync(`fixtures/convolution/${family}.json`, "utf8")) as Facts[];
  const cases = all.map((facts) => ({
    label: label(facts),
    facts,
    x: take(facts.x),
    weights: facts.weights.map(take),
    y: take(facts.y),
    dy: take(facts.y),
    dx: take(facts.x),
    gradients: facts.weights.map(take),
  }));
  expect(at).toBe(bytes.length);
  return cases;
}

function modelOf({ class_name, config, x }: Facts): Model {
  const module = "keras.layers";
  const input = { batch_shape: [null, ...x.slice(1)], name: "x" };
  const layers = [
    { module, class_name: "InputLayer", config: input },
    { module, class_name, config },
  ];
  return build(kerasModel({ module: "keras", class_name: "Sequential", config: { name: "m", layers } }));
}

/** y, and the gradients of Σ y · dy: dx and d0, d1 … of the weights. */
function programFor(model: Model, facts: Facts): Graph {
  const b = new Builder(true);
  const x = b.input("x", ["n", ...facts.x.slice(1)]) as unknown as Node;
  const [y] = lowerForward(b, model, [x], surroundingsOf(model)).outputs;
  const dy = b.input("dy", y.shape) as unknown as Node;
  const axes = y.shape.map((_, k) => k);
  const weights = modelWeights(model).map(({ weight }) => b.variable(weightVariable(weight)));
  const found = differentiate(b, b.reshape(b.sum(b.mul(y, dy), axes), []), [x, ...weights]);
  const named = found.map((node, k) => [k ? `d${k - 1}` : "dx", node!] as const);
  const graph = simplify(programOf(b, new Map([["y", y], ...named])));
  verify(graph);
  return graph;
}

const SESSIONS: Readonly<Record<string, () => Session>> = {
  interpreter: interpretSession,
  TypeScript: () => scriptSession(1 << 19),
  WebAssembly: () => wasmSession(),
};

const largest = (x: Float32Array): number => x.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-30);
/** How far from Keras numbers may lie, as a share of the largest. */
interface Near {
  readonly outputs: number;
  readonly gradients: number;
}
const NEAR: Near = { outputs: 2e-6, gradients: 1e-5 };
/** F(4×4) rounds more: documented at the option. */
const WIDE: Near = { outputs: 1e-5, gradients: 3e-5 };

function check(one: Case, session: Session, graph: Graph, model: Model, near = NEAR): void {
  modelWeights(model).forEach(({ weight }, k) => session.view(weightVariable(weight)).set(one.weights[k]));
  session.touch();
  const n = one.facts.x[0];
  const run = session.prepare(graph, n);
  run.input("x").set(one.x);
  run.input("dy").set(one.dy);
  run.run(n);
  expect(apart(run.result("y"), one.y), "y").toBeLessThan(near.outputs);
  // a bias before a softmax along another axis has no gradient but rounding
  const least = Math.max(...[one.dx, ...one.gradients].map(largest));
  expect(apart(run.result("dx"), one.dx, least), "dx").toBeLessThan(near.gradients);
  one.gradients.forEach((g, k) =>
    expect(apart(run.result(`d${k}`), g, least), `d${k}`).toBeLessThan(near.gradients),
  );
}

describe.each(["conv1d", "conv2d", "winograd", "depthwise", "separable", "transposed", "reshaping"])(
  "%s",
  (family) => {
    const cases = casesOf(family);
    test.each(cases.map((one, k) => [`${k} ${one.label}`, one] as const))("%s", (_, one) => {
      const model = modelOf(one.facts);
      expect(modelWeights(model).map(({ weight }) => weight.shape)).toEqual(one.facts.weights);
      const graph = programFor(model, one.facts);
      for (const [engine, session] of Object.entries(SESSIONS))
        try {
          check(one, session(), graph, model);
        } catch (error) {
          throw new Error(`${engine}: ${(error as Error).message}`, { cause: error });
        }
    });
  },
);

test.each(casesOf("winograd").map((one) => [one.label, one] as const))(
  "as sums of taps, and by larger tiles: %s",
  (_, one) => {
    const model = modelOf(one.facts);
    const graph = programFor(model, one.facts);
    check(one, wasmSession({ winograd: 0 }), graph, model);
    check(one, wasmSession({ winograd: 4 }), graph, model, WIDE);
  },
);

describe("refused, as Keras does", () => {
  const said = (class_name: string, config: object, shape: readonly (number | null)[]): string => {
    const facts = { class_name, config: { name: "c", ...config }, x: [null, ...shape] };
    try {
      modelOf(facts as unknown as Facts);
      return "nothing";
    } catch (error) {
      expect(error).toBeInstanceOf(ModelError);
      return (error as Error).message;
    }
  };
  const conv = { filters: 4, kernel_size: 3 };

  test.each<[string, object, readonly (number | null)[], string]>([
    ["Conv2D", conv, [2, 5, 1], "The output would have shape (None, 0, 3, 4)."],
    ["Conv1D", { ...conv, data_format: "channels_first" }, [1, 2], "shape (None, 4, 0)"],
    ["SeparableConv1D", { ...conv, dilation_rate: 2 }, [4, 1], "shape (None, 0, 4)"],
    ["Conv2D", conv, [9, 9], "Expected: 4 dimensions, the batch first."],
    ["Conv2DTranspose", conv, [9, 9], "Expected: 4 dimensions, the batch first."],
    ["Conv2D", conv, [9, 9, null], "a known number of channels"],
    ["DepthwiseConv1D", { kernel_size: 2 }, [9, null], "a known number of channels"],
    ["Conv2D", { ...conv, strides: 2, dilation_rate: [1, 2] }, [9, 9, 1], "either strides or dilation_rate"],
    ["Conv1DTranspose", { ...conv, strides: 2, dilation_rate: 2 }, [9, 1], "either strides or dilation_rate"],
    ["Conv2D", { ...conv, groups: 3 }, [9, 9, 3], "a multiple of the 3 groups. Received: 4."],
    ["Conv2D", { ...conv, groups: 2 }, [9, 9, 3], "channels in 2 equal groups. Received: 3 channels."],
    ["Conv2D", { ...conv, padding: "causal" }, [9, 9, 1], 'one of "valid", "same". Received: "causal".'],
    ["Conv2D", { ...conv, kernel_size: [3] }, [9, 9, 1], "a list of 2 of them. Received: [3]."],
    ["Conv1D", { ...conv, strides: 0 }, [9, 1], "1 or more or a list of one. Received: 0."],
    ["Conv1D", { ...conv, lora_rank: -1 }, [9, 1], "null or an integer of 0 or more. Received: -1."],
    ["Conv1D", { ...conv, kernel_constraint: "maximum_norm" }, [9, 1], "The option kernel_constraint of"],
    ["SeparableConv1D", { ...conv, kernel_initializer: "ones" }, [9, 1], "The option kernel_initializer of"],
    ["Conv1DTranspose", { ...conv, strides: 2, output_padding: 2 }, [9, 1], "less than strides [2]"],
    [
      "Conv1DTranspose",
      { filters: 2, kernel_size: 4, strides: 2, padding: "same", output_padding: 0 },
      [9, 1],
      "1 or more where the kernel is even",
    ],
    ["DepthwiseConv2D", { kernel_size: 3, depth_multiplier: 0 }, [9, 9, 1], "an integer of 1 or more"],
    ["UpSampling1D", { size: [2] }, [9, 1], "an integer of 1 or more. Received: [2]."],
    ["UpSampling2D", { interpolation: "area" }, [9, 9, 1], '"lanczos5". Received: "area".'],
    ["Cropping1D", { cropping: [4, 5] }, [9, 1], "sizes above what cropping [[4,5]] takes"],
    ["Cropping2D", { cropping: 2, data_format: "channels_first" }, [9, 9, 4], "sizes above what cropping"],
    ["ZeroPadding1D", { padding: [1, 2, 3] }, [9, 1], "an integer of 0 or more or a list of 2 of them"],
    ["ZeroPadding2D", { padding: [1, -1] }, [9, 9, 1], "an integer of 0 or more"],
    ["ZeroPadding2D", { data_format: "NHWC" }, [9, 9, 1], '"channels_first". Received: "NHWC".'],
  ])("%s %j of %j", (name, config, shape, message) => {
    expect(said(name, config, shape)).toContain(message);
  });

  test("other spellings mean the same", () => {
    const { layers } = modelOf({
      class_name: "Convolution2D",
      config: { name: "c", filters: 2, kernel_size: 3, padding: "SAME", data_format: null },
      x: [1, 4, 5, 3],
      y: [],
      weights: [],
    });
    const { class_name, config } = layers.at(-1)!;
    expect(class_name).toBe("Conv2D");
    expect(config).toMatchObject({ kernel_size: [3, 3], padding: "same", data_format: "channels_last" });
  });
});
