import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";
import type { Tensor } from "../src/ir/tensor.ts";

const FOLDER = "fixtures/frozen-parts";
type Nested = readonly (number | Nested)[];
interface Facts {
  readonly files: readonly string[];
  readonly x: Nested;
  readonly y: Nested;
  /** Sizes of what is trained, in order. */
  readonly trained: readonly number[];
  readonly losses: readonly number[];
  readonly after: readonly number[];
  readonly moved: number;
}
/** See fixtures/frozen-parts.py. */
const factsOf = (library: string): [string, Facts][] => {
  const text = readFileSync(`${FOLDER}/${library}.json`, "utf8");
  return Object.values(JSON.parse(text) as Record<string, Facts>).flatMap((facts) =>
    facts.files.map((file): [string, Facts] => [file, facts]),
  );
};

describe("frozen layers with layers inside them, of Keras 2", () => {
  test.each([...factsOf("tf_keras"), ...factsOf("tf")])("%s trains as there", async (file, facts) => {
    const bytes = new Uint8Array(readFileSync(`${FOLDER}/${file}`));
    const model = await loadModel(file.endsWith(".gz") ? new Uint8Array(gunzipSync(bytes)) : bytes);
    const before = model.weights.map(({ data }) => Float32Array.from(data));
    expect(model.weights.flatMap((w) => (w.trainable ? [w.data.length] : []))).toEqual(facts.trained);
    for (const loss of facts.losses)
      expect(Math.abs((model.trainOnBatch(facts.x, facts.y) as number) / loss - 1)).toBeLessThan(1e-5);
    const after = (model.predict(facts.x) as Tensor).data;
    const scale = Math.max(1, ...facts.after.map(Math.abs));
    facts.after.forEach((value, k) => expect(Math.abs(Number(after[k]) - value)).toBeLessThan(1e-5 * scale));
    const moved = model.weights.filter(({ data }, k) => before[k].some((value, i) => value !== data[i]));
    expect(moved).toHaveLength(facts.moved);
  });
});
