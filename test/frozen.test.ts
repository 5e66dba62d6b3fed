import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { loadModel, type Tensor } from "../src/node/index.ts";
import { type Noted, tensor } from "./noted.ts";

const FOLDER = "fixtures/frozen";

/** A file of Keras before TensorFlow 2 with something frozen in it, and how that Keras went on from it. */
interface Golden {
  readonly x: Noted;
  readonly target: Noted;
  readonly before: Noted;
  readonly losses: readonly number[];
  readonly after: Noted;
}

const names = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".json"))
  .map((name) => name.slice(0, -".json".length));

describe("what is frozen in files of Keras before TensorFlow 2", () => {
  test.each(names)("%s goes on as it did there", async (name) => {
    const golden = JSON.parse(readFileSync(`${FOLDER}/${name}.json`, "utf8")) as Golden;
    const bytes = new Uint8Array(gunzipSync(readFileSync(`${FOLDER}/${name}.h5.gz`)));
    const model = await loadModel<Tensor>(bytes, { engine: "interpret", limits: { time_ms: 60_000 } });
    const [x, target] = [tensor(golden.x), tensor(golden.target)];
    const off = (wanted: Noted): number =>
      Math.max(...wanted.data.map((value, k) => Math.abs(value - Number(model.predict(x).data[k]))));
    expect(off(golden.before)).toBeLessThan(1e-5);
    for (const loss of golden.losses)
      expect(Math.abs((model.trainOnBatch(x, target) as number) - loss)).toBeLessThan(1e-5 * loss);
    expect(off(golden.after)).toBeLessThan(1e-4);
  });
});
