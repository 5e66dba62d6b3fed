import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

const FOLDER = "fixtures/unheeded-masks";
const names = readdirSync(FOLDER).flatMap((file) => /(.*)\.h5$/.exec(file)?.[1] ?? []);

interface Golden {
  readonly x: number[][][];
  readonly y: number[][];
}

test.each(names)("a layer that heeded no masks in its Keras: %s", async (name) => {
  const { x, y } = JSON.parse(readFileSync(`${FOLDER}/${name}.json`, "utf8")) as Golden;
  const model = await loadModel(`${FOLDER}/${name}.h5`);
  const found = model.predict(x.length > 1 ? x : x[0]) as { readonly data: Float32Array };
  y.flat(3).forEach((value, k) => expect(found.data[k]).toBeCloseTo(value, 6));
});

test.each(names)("is refused where a later Keras would heed them: %s", async (name) => {
  const model = await loadModel(`${FOLDER}/${name}.h5`);
  for (const keras of ["2", "3"] as const)
    await expect(model.toBytes("keras", { keras })).rejects.toMatchObject({
      code: `not-in-keras-${keras}`,
      message: expect.stringContaining("Today's Keras heeds the mask") as string,
    });
});
