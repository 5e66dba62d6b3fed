import { describe, expect, test } from "vitest";
import { build } from "../src/ir/build.ts";
import { summarize } from "../src/ir/summary.ts";
import { kerasModel } from "../src/parser/keras-json.ts";
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
