import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

const FOLDER = "fixtures/attended-masks";
const golden = JSON.parse(readFileSync(`${FOLDER}/golden.json`, "utf8")) as Readonly<
  Record<string, { readonly x: number[][]; readonly y: number[][] }>
>;

test.each(Object.keys(golden))(
  "a mask after MultiHeadAttention was called on its tensor: %s",
  async (file) => {
    const { x, y } = golden[file];
    const model = await loadModel(`${FOLDER}/${file}`);
    const found = model.predict(x) as { readonly data: Float32Array };
    y.flat().forEach((value, k) => expect(found.data[k]).toBeCloseTo(value, 6));
  },
);
