import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadModel, type Tensor } from "../src/node/index.ts";

const FOLDER = "fixtures/json-dialects";
interface Case {
  readonly name: string;
  readonly config: object;
  /** In the order and form of Keras 3. */
  readonly weights: readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[];
  /** The layers of the weights where these are in the order of that Keras. */
  readonly of?: readonly string[];
  readonly x: readonly unknown[];
  readonly y: readonly (readonly number[])[];
}
const versions = readdirSync(FOLDER).map((name) => name.replace(".json", ""));
const casesOf = (version: string): Case[] =>
  JSON.parse(readFileSync(`${FOLDER}/${version}.json`, "utf8")) as Case[];

const tensor = ({ shape, data }: Case["weights"][number]): Tensor => ({
  shape: [...shape],
  dtype: "float32",
  data: Float32Array.from(data),
});

describe.each(versions)("JSON of Keras %s", (version) => {
  test.each(casesOf(version).map((one) => [one.name, one] as const))("%s", async (_name, one) => {
    const model = await loadModel(JSON.stringify(one.config));
    const of = one.of;
    const ordered = of
      ? model.layers.flatMap(({ name }) => one.weights.filter((_, k) => of[k] === name))
      : one.weights;
    model.setWeights(ordered.map(tensor));
    const predicted = model.predict((one.x.length > 1 ? one.x : one.x[0]) as never) as unknown;
    const outputs = (Array.isArray(predicted) ? predicted : [predicted]) as readonly Tensor[];
    expect(outputs.length).toBe(one.y.length);
    outputs.forEach(({ data }, k) => {
      expect(data.length).toBe(one.y[k].length);
      const scale = Math.max(1e-3, ...one.y[k].map(Math.abs));
      const worst = Math.max(...one.y[k].map((v, i) => Math.abs(v - Number(data[i]))));
      expect(worst / scale).toBeLessThan(3e-6);
    });
  });
});
