import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

const FOLDER = "fixtures/masked-states";
const options = { limits: { time_ms: 60_000 } } as const;
const golden = JSON.parse(readFileSync(`${FOLDER}/golden.json`, "utf8")) as {
  readonly inputs: readonly number[][][];
  readonly output: readonly number[][][];
};

test.each(["wasm", "interpret"] as const)(
  "Keras 2 masks a decoder that has initial states (%s)",
  async (engine) => {
    const model = await loadModel(`${FOLDER}/model.h5`, { ...options, engine });
    const y = model.predict(golden.inputs as never) as { readonly data: ArrayLike<number> };
    const found = Array.from(y.data);
    const wanted = golden.output.flat(2);
    expect(found.length).toBe(wanted.length);
    wanted.forEach((value, k) => expect(found[k]).toBeCloseTo(value, 6));
  },
);

test("Keras 3 would drop the mask: it is given as an argument there, and Keras 2 is told nothing", async () => {
  const model = await loadModel(`${FOLDER}/model.h5`, options);
  const bytes = (await model.toBytes("keras")) as Uint8Array;
  expect(
    Buffer.from(bytes)
      .toString("latin1")
      .match(/"class_name": "NotEqual"/g),
  ).toHaveLength(1);
  const read = await loadModel(bytes, options);
  const y = read.predict(golden.inputs as never) as { readonly data: ArrayLike<number> };
  golden.output.flat(2).forEach((value, k) => expect(y.data[k]).toBeCloseTo(value, 6));
  const config = new TextDecoder().decode((await model.toBytes("json", { keras: "2" })) as Uint8Array);
  expect(config).not.toContain("not_equal");
});
