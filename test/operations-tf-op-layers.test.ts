import { describe, expect, test } from "vitest";
import type { ModelError } from "../src/diagnostics.ts";
import { build } from "../src/ir/build.ts";
import { summarize } from "../src/ir/summary.ts";
import { kerasModel } from "../src/parser/keras-json.ts";
import { type Case, checkEverywhere, readCases } from "./operation-cases.ts";

const CASES = readCases("tf-op-layers");
/** TensorFlow's own shapes as tensors have no operation. */
const ofShapes = ({ facts }: Case): boolean => JSON.stringify(facts.model).includes('"op":"Shape"');

describe("primitives of TensorFlow as layers of tf.keras until 2.3", () => {
  test.each(CASES.filter((one) => !ofShapes(one)).map((one) => [one.facts.name, one] as const))(
    "%s",
    (_, one: Case) => {
      checkEverywhere(one);
      const model = build(kerasModel(one.facts.model));
      expect(summarize(model, { keras: "2.15" }).trimEnd()).toBe(one.facts.summary);
    },
  );

  test("what is computed of shapes is refused by name", () => {
    const refused = CASES.filter(ofShapes);
    expect(refused.length).toBeGreaterThan(5);
    for (const { facts } of refused)
      expect(() => kerasModel(facts.model)).toThrow(/calls a function of TensorFlow that is not supported/);
  });

  test.each<[string, object, RegExp]>([
    ["no NodeDef", { node_def: undefined }, /a NodeDef as an object/],
    ["a NodeDef as text", { node_def: "\n\u0003mul" }, /a NodeDef as an object/],
    ["another primitive", { node_def: { op: "Conv2D", attr: {} } }, /tf\.raw_ops\.Conv2D/],
    ["attributes of another kind", { node_def: { op: "Mul", attr: [] } }, /attributes of TensorFlow/],
    ["an unknown attribute", { node_def: { op: "Mul", attr: { cut: { b: true } } } }, /the argument cut/],
    ["a constant that is text", { constants: { 1: ["a"] } }, /tensors and numbers/],
    [
      "bounds that are tensors",
      { node_def: { op: "StridedSlice", attr: {} }, constants: { 1: [0], 2: [1] } },
      /bounds of a slice/,
    ],
  ])("%s is refused", (_, change, text) => {
    const layers = (
      JSON.parse(JSON.stringify(CASES.find(({ facts }) => facts.name === "left - x")!.facts.model)) as Doc
    ).config.layers;
    const last = layers.at(-1)!;
    Object.assign(last.config, change);
    const outputs = [[last.name, 0, 0]];
    const config = { name: "m", layers, input_layers: [["x0", 0, 0]], output_layers: outputs };
    const said = (): string => {
      try {
        build(kerasModel({ class_name: "Model", config, keras_version: "2.2.4-tf" }));
        return "nothing";
      } catch (error) {
        const { message, errors } = error as ModelError;
        return [message, ...errors.map((e) => `${e.expected} ${e.received}`)].join("\n");
      }
    };
    expect(said()).toMatch(text);
  });
});

interface Doc {
  readonly config: { readonly layers: { readonly name: string; readonly config: object }[] };
}
