import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

/** See fixtures/shared-layers.py. */
const FOLDER = "fixtures/shared-layers";
const names = readdirSync(FOLDER).flatMap((file) => (file.endsWith(".keras") ? [file.slice(0, -6)] : []));
interface Facts {
  readonly x: number[][];
  readonly y: number[][];
  readonly params: number;
}

test.each(names)("reads layers that two models of one file share (%s)", async (name) => {
  const { x, y, params } = JSON.parse(readFileSync(`${FOLDER}/${name}.json`, "utf8")) as Facts;
  const model = await loadModel(`${FOLDER}/${name}.keras`, { limits: { time_ms: 60_000 } });
  expect(model.summary()).toContain(`Total params: ${params} `);
  const got = model.predict(x);
  expect(got.data.length).toBe(y.flat().length);
  y.flat().forEach((value, k) => expect(Math.abs(got.data[k] - value)).toBeLessThan(1e-6));
});
