import { describe, expect, test } from "vitest";
import { loadModel, type Tensor } from "../src/node/index.ts";
import { apart } from "./apart.ts";
import { type Case, readCases } from "./operation-cases.ts";

/** int64 has no array that other numbers fit in. */
const GIVEN: Readonly<Record<string, string>> = { int64: "int32" };
const ARRAYS = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array };
const whole = ({ facts }: Case): boolean =>
  facts.dtype !== "float32" && JSON.stringify(facts.model).length < 9000;
const CASES = ["operations", "keras2", "tf-op-layers"].flatMap((set) =>
  readCases(set)
    .filter((one) => whole(one) && !JSON.stringify(one.facts.model).includes('"op":"Shape"'))
    .map((one) => [`${set}: ${one.facts.name}`, one] as const),
);

describe("outputs have the type that Keras gives them", () => {
  test("there are some of every type", () => {
    expect(new Set(CASES.map(([, { facts }]) => facts.dtype))).toEqual(new Set(["bool", "int32", "int64"]));
  });

  test.each(CASES)("%s", async (_, one) => {
    const { facts, x, weights, y } = one;
    const model = await loadModel<Tensor>(JSON.stringify(facts.model), { seed: 1 });
    model.setWeights(weights.map((data, k) => ({ shape: model.weights[k].shape, dtype: "float32", data })));
    const given = x.map((data, k): Tensor => ({ shape: facts.x[k], dtype: "float32", data }));
    const dtype = GIVEN[facts.dtype] ?? facts.dtype;
    // the second time around is another path
    for (const got of [model.predict(given), model.predict(given)]) {
      expect(got.dtype).toBe(dtype);
      expect(got.data).toBeInstanceOf(ARRAYS[got.dtype as "bool"]);
      expect(apart(Float32Array.from(got.data as Int32Array), y)).toBe(0);
    }
  });
});
