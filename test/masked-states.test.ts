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

test("other Keras would drop the mask: it is not written for Keras 3, but for Keras 2", async () => {
  const model = await loadModel(`${FOLDER}/model.h5`, options);
  await expect(model.toBytes("keras")).rejects.toMatchObject({ code: "not-in-keras-3" });
  expect((await model.toBytes("h5", { keras: "2" })).length).toBeGreaterThan(0);
});
