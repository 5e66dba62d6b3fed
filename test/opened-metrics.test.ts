import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

const FOLDER = "fixtures/opened-metrics";
type Nested = readonly (number | Nested)[];
interface Facts {
  readonly x: Nested;
  readonly y: readonly Nested[];
  readonly logs: Readonly<Record<string, number>>;
}
/** See fixtures/opened-metrics.py. */
const cases = ["keras", "tf_keras"].flatMap((library) =>
  Object.entries(JSON.parse(readFileSync(`${FOLDER}/${library}.json`, "utf8")) as Record<string, Facts>),
);

describe("models that were saved with losses and metrics", () => {
  test.each(cases)("%s evaluates as its Keras does", async (file, { x, y, logs }) => {
    const model = await loadModel(new Uint8Array(gunzipSync(readFileSync(`${FOLDER}/${file}.gz`))));
    const found = model.evaluate(x, y.length > 1 ? [...y] : y[0], { batch_size: 4, return_dict: true });
    expect(Object.keys(found).sort()).toEqual(Object.keys(logs).sort());
    for (const [name, value] of Object.entries(logs))
      expect(Math.abs((found as Record<string, number>)[name] - value)).toBeLessThan(
        1e-5 * Math.max(1, value),
      );
  });
});
