import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../src/diagnostics/limits.ts";
import { type Spawn, spawnHere, withHdf5 } from "../src/formats/hdf5.ts";
import { spawnThread } from "../src/node/hdf5.ts";

const FOLDER = "fixtures/hdf5-pieces";
const WANTED = JSON.parse(readFileSync(`${FOLDER}/wanted.json`, "utf8")) as Record<string, string>;
const LIMITS = { ...DEFAULT_LIMITS, time_ms: 60_000 };
const read = (name: string, spawn: Spawn): Promise<number[]> =>
  withHdf5(new Uint8Array(readFileSync(`${FOLDER}/${name}.h5`)), LIMITS, spawn, async (file) =>
    Array.from((await file.arrays(["/w"])).get("/w")!.data, Number),
  );

/** What the script of the fixtures writes, and what stands where it writes nothing. */
const RAMP = Array.from({ length: 240 }, (_, k) => (k % 64) / 8 - 4);
const FILL = RAMP.map(() => 0.25);
const VALUES: Record<string, readonly number[]> = {
  all: RAMP,
  half: [...RAMP.slice(0, 120), ...FILL.slice(120)],
  fill: FILL,
};
const named = (refused: boolean): string[] =>
  Object.keys(WANTED).filter((name) => (WANTED[name] === "none") === refused);

describe("pieces of arrays", () => {
  test.each(named(false))("%s", async (name) => {
    expect(await read(name, spawnHere)).toEqual(VALUES[WANTED[name]]);
  });

  test.each(named(true))("refused, with the array's name: %s", async (name) => {
    await expect(read(name, spawnHere)).rejects.toMatchObject({
      name: "ModelError",
      errors: [{ code: "hdf5-corrupt", at: { path: "/w" } }],
    });
  });

  test.each(["all-filters", "latest-big-endian", "second-missing"])("in a thread: %s", async (name) => {
    expect(await read(name, spawnThread)).toEqual(VALUES[WANTED[name]]);
  });

  test.each(["short", "longer", "short-shuffled", "cut"])("in a thread, refused: %s", async (name) => {
    await expect(read(name, spawnThread)).rejects.toMatchObject({ code: "hdf5-corrupt" });
  });
});

describe("shapes alone", () => {
  const shapes = (path: string, name: string) =>
    withHdf5(
      new Uint8Array(readFileSync(path)),
      LIMITS,
      spawnHere,
      async (file) => (await file.arrays([name])).get(name)!,
      { values: false },
    );

  test("are told of an array whose values cannot be read", async () => {
    const { shape, dtype } = await shapes(`${FOLDER}/short.h5`, "/w");
    expect([shape, dtype]).toEqual([[24, 10], "float32"]);
  });

  test("stand beside no values that could be taken for zeros", async () => {
    const { data } = await shapes(`${FOLDER}/gzip.h5`, "/w");
    expect(() => new Float32Array(240).set(data as Float32Array)).toThrow("were not read");
    expect(() => data.length).toThrow("were not read");
  });

  test("are told only of what could be read", async () => {
    const lzf = shapes("fixtures/legacy-h5-arrays/lzf.h5", "/first/first/kernel:0");
    await expect(lzf).rejects.toMatchObject({ code: "hdf5-filter" });
    const large = shapes("fixtures/hostile/shape_8_gib.h5", "/leak");
    await expect(large).rejects.toMatchObject({ name: "ModelLimitError" });
  });
});
