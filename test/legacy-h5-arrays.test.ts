import { describe, expect, test } from "vitest";
import type { ModelError } from "../src/node/index.ts";
import { loadModel } from "../src/node/index.ts";

const FOLDER = "fixtures/legacy-h5-arrays";
const snippet = (first: number, second: string): string => `import keras
from keras import layers
m = keras.Sequential([
    keras.Input((20,)),
    layers.Dense(${first}, name="first"),
    layers.Dense(3, name="${second}"),
])
`;
const options = { engine: "interpret", limits: { time_ms: 60_000 } } as const;
const open = (file: string, code = snippet(12, "second")) =>
  loadModel(code, { ...options, weights: `${FOLDER}/${file}.h5` });

/** What the script of the fixtures puts everywhere. */
const ramp = (size: number, start: number): number[] =>
  Array.from({ length: size }, (_, k) => ((k + start) % 64) / 8 - 4);
const WANTED = [ramp(240, 0), ramp(12, 1), ramp(36, 0), ramp(3, 1)];

describe("arrays of .h5 files", () => {
  test.each(["plain", "gzip", "szip", "vlen-names", "float16", "float64", "big-endian", "numbered"])(
    "%s",
    async (file) => {
      const model = await open(file);
      expect(model.getWeights().map(({ data }) => [...data])).toEqual(WANTED);
    },
  );

  test("LZF is refused by its name", async () => {
    await expect(open("lzf")).rejects.toThrow(/filter that is not supported.*lzf/s);
  });

  test("float64 is said to be rounded", async () => {
    expect((await open("float64")).notes.map(({ message }) => message)).toContainEqual(
      expect.stringContaining("rounded to float32"),
    );
  });
});

describe("weights of other models", () => {
  test("by order the names do not matter", async () => {
    const model = await open("plain", snippet(12, "other"));
    expect(model.getWeights().map(({ data }) => [...data])).toEqual(WANTED);
  });

  test("by name those without a partner stay as they are", async () => {
    const model = await loadModel(snippet(12, "other"), options);
    const before = model.getWeights().map(({ data }) => [...data]);
    await model.loadWeights(`${FOLDER}/plain.h5`, { by_name: true });
    const after = model.getWeights().map(({ data }) => [...data]);
    expect(after).toEqual([...WANTED.slice(0, 2), ...before.slice(2)]);
    expect(model.notes.at(-1)).toMatchObject({ at: { path: "other" } });
  });

  test("all mismatches are told at once, and nothing changes", async () => {
    const model = await loadModel(snippet(7, "second"), options);
    const before = model.getWeights().map(({ data }) => [...data]);
    const error: unknown = await model.loadWeights(`${FOLDER}/plain.h5`).catch((e: unknown) => e);
    expect((error as ModelError).errors.map(({ code }) => code)).toEqual(Array(3).fill("weight-shape"));
    expect(model.getWeights().map(({ data }) => [...data])).toEqual(before);
  });

  test("mismatches can be skipped, weight by weight", async () => {
    const model = await loadModel(snippet(7, "second"), options);
    await model.loadWeights(`${FOLDER}/plain.h5`, { by_name: true, skip_mismatch: true });
    expect([...model.getWeights()[3].data]).toEqual(WANTED[3]);
    expect(model.notes.filter(({ message }) => message.startsWith("Skipped:"))).toHaveLength(3);
  });
});
