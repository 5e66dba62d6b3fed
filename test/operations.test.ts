import { describe, expect, test } from "vitest";
import { build } from "../src/ir/build.ts";
import { leaves } from "../src/ir/model.ts";
import { kerasModel } from "../src/parser/keras-json.ts";
import { kerasConfig } from "../src/parser/keras-json-write.ts";
import { checkEverywhere, readCases } from "./operation-cases.ts";

const CASES = readCases("operations").map((one) => [one.facts.name, one] as const);

describe("operations of Keras 3 as nodes", () => {
  test.each(CASES)("%s", (_, one) => {
    checkEverywhere(one);
    const [output] = leaves(build(kerasModel(one.facts.model)).outputs);
    expect(output.dtype).toBe(one.facts.dtype);
  });

  test.each(CASES)("%s is written as Keras wrote it", (_, { facts }) => {
    const written = kerasConfig(build(kerasModel(facts.model))) as { config: { layers: unknown } };
    const { layers } = (facts.model as { config: { layers: unknown } }).config;
    expect(nodesOf(written.config.layers)).toEqual(nodesOf(layers));
  });
});

/** What says which operation stands where. */
function nodesOf(layers: unknown): unknown {
  const listed = layers as readonly Readonly<Record<string, unknown>>[];
  return listed
    .filter(({ module }) => module !== "keras.layers")
    .map(({ module, class_name, config, registered_name, inbound_nodes }) => ({
      ...{ module, class_name, registered_name, inbound_nodes },
      // the older name is the outer one; older Keras takes no other
      config: { ...(config as object), name: undefined },
    }));
}
