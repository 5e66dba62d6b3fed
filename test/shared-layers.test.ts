import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadModel, type Model } from "../src/node/index.ts";

/** See fixtures/shared-layers.py. */
const FOLDER = "fixtures/shared-layers";
const names = readdirSync(FOLDER).flatMap((file) => (file.endsWith(".keras") ? [file.slice(0, -6)] : []));
interface Facts {
  readonly x: number[][];
  readonly y: number[][];
  readonly params: number;
}

const options = { limits: { time_ms: 60_000 } } as const;
const factsOf = (name: string): Facts => JSON.parse(readFileSync(`${FOLDER}/${name}.json`, "utf8")) as Facts;

function expectSame(model: Model, { x, y, params }: Facts): void {
  expect(model.summary()).toContain(`Total params: ${params} `);
  const got = model.predict(x);
  expect(got.data.length).toBe(y.flat().length);
  y.flat().forEach((value, k) => expect(Math.abs(got.data[k] - value)).toBeLessThan(1e-6));
}

test.each(names)("reads layers that two models of one file share, and writes them (%s)", async (name) => {
  const facts = factsOf(name);
  const model = await loadModel(`${FOLDER}/${name}.keras`, options);
  expectSame(model, facts);
  expectSame(await loadModel((await model.toBytes("keras")) as Uint8Array, options), facts);
});

test("calls are numbered as readers of Keras 3 count them: in .h5 files, where nothing is shared, in each model", async () => {
  const model = await loadModel(`${FOLDER}/sequentials-3.15.1.keras`, options);
  const numbers = async (format: "json" | "h5"): Promise<readonly string[]> => {
    const text = Buffer.from((await model.toBytes(format)) as Uint8Array).toString("latin1");
    return [...text.matchAll(/"keras_history": \["d", (\d), 0\]/g)].map(([, number]) => number);
  };
  // the first Sequential makes two calls of it when it is read, the second one
  expect(await numbers("json")).toEqual(["3"]);
  expect(await numbers("h5")).toEqual(["0"]);
});
