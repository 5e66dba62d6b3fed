import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { activate } from "../src/ir/activate.ts";
import { differentiate } from "../src/ir/autodiff.ts";
import { Builder } from "../src/ir/builder.ts";
import { chooseLoss } from "../src/ir/catalogues.ts";
import type { Node, Sizes } from "../src/ir/graph.ts";
import { programOf } from "../src/ir/program.ts";
import { type Reduction, reduceLoss, toSameRank } from "../src/ir/reduction.ts";
import type { Tensor } from "../src/ir/tensor.ts";
import { toTensor } from "../src/runtime/data.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import { losses } from "../src/runtime/standalone.ts";

interface Case {
  readonly loss: unknown;
  readonly y: number[];
  readonly p: number[];
  readonly sample_weight: number[] | null;
  readonly activation: string | null;
  readonly value: number;
  readonly gradient: number[];
}
const cases = JSON.parse(
  readFileSync(new URL("../fixtures/training/losses.json", import.meta.url), "utf8"),
) as Case[];
const batched = (x: Tensor): Sizes => ["n", ...x.shape.slice(1)];
const flat = (x: unknown): number[] => (x as number[]).flat(8);

/** Value and gradient of a loss of `activation(p)`, as inside a model. */
function run(c: Case): { value: number; gradient: Float32Array } {
  const b = new Builder(true);
  const arrays = {
    y: toTensor(c.y, "y"),
    p: toTensor(c.p, "p"),
    ...(c.sample_weight && { w: toTensor(c.sample_weight, "w") }),
  };
  const nodes = Object.fromEntries(
    Object.entries(arrays).map(([name, x]) => [name, b.input(name, batched(x)) as unknown as Node]),
  );
  const out = c.activation ? activate(b, nodes.p, c.activation) : nodes.p;
  const { def, config } = chooseLoss(c.loss);
  const value = reduceLoss(b, def.value(b, config, ...toSameRank(b, nodes.y, out)), nodes.w, {
    reduction: config.reduction as Reduction,
  });
  const [gradient] = differentiate(b, value, [nodes.p]);
  const session = interpretSession().prepare(
    programOf(
      b,
      new Map([
        ["value", value],
        ["gradient", gradient!],
      ]),
    ),
    16,
  );
  for (const [name, x] of Object.entries(arrays)) session.input(name).set(x.data as Float32Array);
  session.run(arrays.p.shape[0]);
  return { value: session.result("value")[0], gradient: session.result("gradient") };
}

describe("losses equal Keras's, alone and behind an activation", () => {
  test.each(cases.map((c, k) => [k, JSON.stringify(c.loss), c.activation, c] as const))(
    "%i %s %s",
    (_k, _loss, _activation, c) => {
      const { value, gradient } = run(c);
      expect(Math.abs(value - c.value) / Math.max(1e-3, Math.abs(c.value))).toBeLessThan(1e-5);
      const wanted = flat(c.gradient);
      const scale = Math.max(2e-3, ...wanted.map(Math.abs));
      wanted.forEach((g, i) =>
        expect(Math.abs(gradient[i] - g) / scale, `gradient ${i}: ${gradient[i]} for ${g}`).toBeLessThan(
          1e-5,
        ),
      );
      if (!c.activation) {
        const alone = losses.get(c.loss).value(c.y, c.p, c.sample_weight ?? undefined);
        expect(alone).toBeCloseTo(value, 6);
      }
    },
  );
});

describe("what losses refuse", () => {
  const p = [
    [0.2, 0.8],
    [0.6, 0.4],
  ];
  test.each([
    ["an unknown name", () => losses.get("mean_sqared_error"), /unknown.*Did you mean "mean_squared_error"/],
    ["an unknown option", () => losses.get({ class_name: "MeanSquaredError", config: { axis: 1 } }), /axis/],
    [
      "a wrong value",
      () =>
        losses.get({ class_name: "BinaryCrossentropy", config: { from_logits: "yes", label_smoothing: 2 } }),
      /from_logits[^]*label_smoothing/,
    ],
    [
      "no reduction",
      () => losses.get({ class_name: "MeanSquaredError", config: { reduction: "none" } }),
      /reduction/,
    ],
    [
      "labels of another shape",
      () => losses.get("categorical_crossentropy").value([0, 1], p),
      /\(None, 2\).*\(None,\)/,
    ],
    [
      "one-hot labels for class numbers",
      () =>
        losses.get("sparse_categorical_crossentropy").value(
          [
            [1, 0],
            [0, 1],
          ],
          p,
        ),
      /class numbers/,
    ],
    ["other numbers of samples", () => losses.get("mse").value([[1, 2]], p), /same number of samples/],
    ["ragged lists", () => losses.get("mse").value([[1, 2], [3]], p), /different lengths/],
    ["no data", () => losses.get("mse").value([], []), /at least one/],
    ["a loss of a later version", () => losses.get("huber"), /not supported/],
  ])("%s", (_what, act, message) => {
    expect(act).toThrow(message);
  });
});
