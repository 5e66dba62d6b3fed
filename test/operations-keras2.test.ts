import { describe, expect, test } from "vitest";
import { build } from "../src/ir/build.ts";
import { summarize } from "../src/ir/summary.ts";
import { kerasModel } from "../src/parser/keras-json.ts";
import { keras2Config } from "../src/parser/keras2-json-write.ts";
import { type Case, checkEverywhere, readCases } from "./operation-cases.ts";

/** Functions of TensorFlow whose shapes come from data, and what tf.keras itself cannot read again. */
const REFUSED = ["tf.einsum", "K.dot", "K.switch"];

const CASES = readCases("keras2");

describe("functions of TensorFlow as layers of tf.keras", () => {
  test.each(
    CASES.filter(({ facts }) => !REFUSED.includes(facts.name)).map((one) => [one.facts.name, one] as const),
  )("%s", (_, one: Case) => {
    checkEverywhere(one);
    // tf.keras does not know how wide its own flattening is
    if (one.facts.name === "K.flatten") return;
    const model = build(kerasModel(one.facts.model));
    expect(summarize(model, { keras: "2.15" }).trimEnd()).toBe(one.facts.summary);
  });

  test.each(REFUSED)("%s is refused by name", (name) => {
    const { facts } = CASES.find((one) => one.facts.name === name)!;
    expect(() => build(kerasModel(facts.model))).toThrow(
      /not supported|is not as Keras writes it|does not fit/,
    );
  });
});

describe("tf.split written for tf.keras", () => {
  const nodes = (config: unknown): unknown =>
    (config as Written).config.layers.find(({ config: { name } }) => /split/.test(name))?.inbound_nodes;
  const named = (name: string, cases = CASES): unknown =>
    cases.find(({ facts }) => facts.name === name)!.facts.model;

  test.each(["tf.split", "tf.split sizes"])("%s as tf.keras writes it", (name) => {
    const model = named(name);
    expect(nodes(keras2Config(build(kerasModel(model))))).toEqual(nodes(model));
  });

  test("the indices of Keras 3 become sizes", () => {
    const { config } = keras2Config(
      build(kerasModel(named("shapes: split at", readCases("operations")))),
    ) as unknown as Written;
    const splits = config.layers.filter(({ config: { function: name } }) => name === "split");
    expect(splits.map(({ inbound_nodes: [[, , , kwargs]] }) => kwargs)).toEqual([
      { num_or_size_splits: [2, 3, 1], axis: 2 },
      { num_or_size_splits: [1, 3, 2], axis: 2 },
    ]);
  });
});

test("tf.math.l2_normalize bounds the sum of squares, Keras its root", () => {
  const { model } = CASES.find(({ facts }) => facts.name === "tf.nn.l2_normalize, epsilon")!.facts;
  const ir = build(kerasModel(model));
  expect(ir.layers.find(({ class_name }) => class_name === "Normalize")!.config.epsilon).toBe(1e-3);
  const { config } = keras2Config(ir) as unknown as Written;
  const layer = config.layers.find((one) => one.config.function === "math.l2_normalize")!;
  expect(layer.inbound_nodes[0][3]).toEqual({ axis: 1, epsilon: 1e-6 });
});

interface Written {
  readonly config: {
    readonly layers: readonly {
      readonly config: { readonly name: string; readonly function?: string };
      readonly inbound_nodes: readonly (readonly unknown[])[];
    }[];
  };
}
