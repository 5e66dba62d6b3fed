import { createHash } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import type { ModelError } from "../src/diagnostics.ts";
import { spawnHere, withHdf5, writeHdf5, type Spawn } from "../src/formats/hdf5.ts";
import { DEFAULT_LIMITS } from "../src/diagnostics/limits.ts";
import { readModelFile } from "../src/formats/model-file.ts";
import { spawnThread } from "../src/node/hdf5.ts";
import { meter } from "./cost.ts";
import { fixture } from "./formats-cases.ts";

const engines: [string, Spawn][] = [
  ["in a worker", spawnThread],
  ["in this thread", spawnHere],
];

const failure = async (work: Promise<unknown>): Promise<ModelError> => {
  const error: unknown = await work.then(
    () => expect.unreachable("nothing was refused"),
    (e: unknown) => e,
  );
  expect(error).toMatchObject({ name: expect.stringMatching(/^Model(Limit)?Error$/) as string });
  return error as ModelError;
};

describe.each(engines)("HDF5 %s", (_where, spawn) => {
  it("notices any change of an array that it wrote", async () => {
    const data = Float32Array.from({ length: 40 }, (_, k) => Math.sin(k + 1));
    const sum = createHash("sha256")
      .update(new Uint8Array(data.buffer, 0, 160))
      .digest("hex");
    const bytes = await writeHdf5([{ path: "/a/w", array: { shape: [40], dtype: "float32", data } }], spawn);
    const read = (content: Uint8Array) =>
      withHdf5(content, DEFAULT_LIMITS, spawn, async (file) => {
        expect(
          (await file.attributes(["/a/w"], ["keraunos_sha256"])).get("/a/w")!.get("keraunos_sha256"),
        ).toBe(sum);
        return file.arrays(["/a/w"]);
      });
    expect((await read(bytes)).get("/a/w")!.data).toEqual(data);
    const start = Buffer.from(bytes).indexOf(Buffer.from(data.buffer, 0, 160));
    for (let at = 0; at < 160; at += 13) {
      const flipped = bytes.slice();
      flipped[start + at] ^= 1 << (at % 8);
      expect(await failure(read(flipped))).toMatchObject({
        code: "hdf5-checksum",
        path: "/a/w",
        expected: sum,
      });
    }
  });

  it("reads every element type to the letter", async () => {
    const values = await withHdf5(fixture("types/types.h5"), DEFAULT_LIMITS, spawn, async (file) => {
      const paths = (await file.list("/vars")).filter((p) => p !== "/vars/complex");
      return new Map([...(await file.arrays(paths))].map(([path, a]) => [path.slice(6), a]));
    });
    const floats = [1.5, -2.25, 0, 65504, -0, 6e-8];
    const half = 2 ** -24;
    expect([...values.get("float16")!.data]).toEqual([1.5, -2.25, 0, 65504, -0, half]);
    expect([...values.get("float64")!.data]).toEqual(floats);
    for (const name of ["float32", "big_f4"])
      expect([...values.get(name)!.data]).toEqual(floats.map(Math.fround));
    for (const name of ["int8", "uint8", "int16", "int32", "uint32"]) {
      expect(values.get(name)).toMatchObject({ shape: [2, 3], dtype: name });
      expect([...values.get(name)!.data]).toEqual([1, 2, 3, 100, 0, 7]);
    }
    expect([...values.get("int64")!.data]).toEqual([1n, 2n, 3n, 100n, 0n, 7n]);
    expect([...values.get("bool")!.data]).toEqual([1, 0, 1]);
    expect(values.get("scalar")).toMatchObject({ shape: [], data: new Float32Array([3.25]) });
    expect(values.get("empty")).toMatchObject({ shape: [0, 3], data: new Float32Array() });
    expect([...values.get("packed")!.data]).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(values.get("bfloat16")).toMatchObject({ dtype: "bfloat16", data: new Float32Array([1.5, -2.25]) });
  });

  it("refuses floats whose description is not IEEE's", async () => {
    const data = new Float32Array([1, 2, 3]);
    const bytes = await writeHdf5([{ path: "/w", array: { shape: [3], dtype: "float32", data } }], spawn);
    const read = (file: Uint8Array) => withHdf5(file, DEFAULT_LIMITS, spawn, (f) => f.arrays(["/w"]));
    expect((await read(bytes)).get("/w")!.data).toEqual(data);
    const bias = Buffer.from(bytes).indexOf(Buffer.from([0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0])) + 8;
    for (const at of [bias, bias + 1, bias + 3]) {
      const other = bytes.slice();
      other[at] ^= 32;
      expect(await failure(read(other))).toMatchObject({ code: "hdf5-type", path: "/w" });
    }
  });

  it("refuses a type it does not know, by name and place", async () => {
    const work = withHdf5(fixture("types/types.h5"), DEFAULT_LIMITS, spawn, (f) =>
      f.arrays(["/vars/complex"]),
    );
    expect(await failure(work)).toMatchObject({ code: "hdf5-type", path: "/vars/complex" });
  });

  it("puts split lists together and reads texts as UTF-8", async () => {
    const read = await withHdf5(fixture("types/chunked.h5"), DEFAULT_LIMITS, spawn, (f) =>
      f.attributes(["/", "/absent"], ["layer_names", "keras_version", "umlaut", "missing"]),
    );
    expect([...read.keys()]).toEqual(["/"]);
    const root = read.get("/")!;
    expect(root.get("layer_names")).toHaveLength(1500);
    expect((root.get("layer_names") as string[])[1499]).toMatch(/^layer_01499_n+$/);
    expect(root.get("umlaut")).toBe("größe 日本");
    expect(root.has("missing")).toBe(false);
  });

  it("writes the same bytes for the same content, and reads them back", async () => {
    const entries = [
      {
        path: "/",
        attributes: [{ name: "model_config", value: { kind: "ascii", text: "x".repeat(200_000) } as const }],
      },
      {
        path: "/a/b/c",
        array: { shape: [2, 2], dtype: "float32", data: new Float32Array([1, NaN, -0, 1e-45]) } as const,
      },
      { path: "/a/n", array: { shape: [], dtype: "int64", data: new BigInt64Array([-5n]) } as const },
    ];
    const bytes = await writeHdf5(entries, spawn);
    await new Promise((later) => setTimeout(later, 1100));
    expect(Buffer.compare(bytes, await writeHdf5(entries, spawn))).toBe(0);
    await withHdf5(bytes, DEFAULT_LIMITS, spawn, async (file) => {
      expect((await file.attributes(["/"], ["model_config"])).get("/")!.get("model_config")).toHaveLength(
        200_000,
      );
      const arrays = await file.arrays(["/a/b/c", "/a/n"]);
      expect([...arrays.get("/a/b/c")!.data]).toEqual([1, NaN, -0, Math.fround(1e-45)]);
      expect([...arrays.get("/a/n")!.data]).toEqual([-5n]);
    });
  });
});

const HOSTILE: [string, string][] = [
  ["external_link", "hdf5-external"],
  ["soft_link", "hdf5-external"],
  ["external_storage", "hdf5-external"],
  ["virtual", "hdf5-external"],
  ["cycle", "limit-depth"],
  ["two_to_the_24", "limit-(time-ms|objects)"],
  ["shape_bomb", "limit-weight-bytes"],
  ["many_bombs", "limit-weight-bytes"],
  ["inflating_chunk", "limit-memory-bytes"],
  ["text_bomb", "limit-(memory|config)-bytes"],
  ["rank", "limit-rank"],
  ["not_text", "hdf5-text"],
];

describe("hostile HDF5 files", () => {
  it.each(HOSTILE)("%s is refused in time and with little memory", async (name, code) => {
    const taken = meter();
    const error = await failure(readModelFile(fixture(`hostile/${name}.h5`), DEFAULT_LIMITS, spawnThread));
    expect(error.code).toMatch(new RegExp(`^${code}$`));
    const { ms, bytes } = taken();
    expect(ms).toBeLessThan(6000);
    expect(bytes).toBeLessThan(400 * 2 ** 20);
  });

  it("names cannot reach prototypes", async () => {
    const file = await readModelFile(fixture("hostile/polluting_names.h5"), DEFAULT_LIMITS, spawnThread);
    expect([...(file.weights as Map<string, unknown>).keys()].sort()).toEqual([
      "layers/__proto__/vars/0",
      "layers/constructor/vars/0",
      "layers/toString/vars/0",
    ]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it("a truncated or altered file gives an error or other numbers, never anything else", async () => {
    const good = fixture("mlp/model.weights.h5");
    for (let part = 0; part < 8; part++) {
      const cut = good.slice(0, Math.floor((good.length * part) / 8));
      await failure(readModelFile(cut, DEFAULT_LIMITS, spawnHere));
    }
    let seed = 1;
    const random = (n: number): number => Math.floor(((seed = (seed * 48271) % 2147483647) / 2147483647) * n);
    for (let round = 0; round < 60; round++) {
      const bytes = good.slice();
      bytes[random(bytes.length)] ^= 1 + random(255);
      const result = await readModelFile(bytes, DEFAULT_LIMITS, spawnHere).catch((e: unknown) => e);
      if (result instanceof Error) expect(result.name).toMatch(/^Model(Limit)?Error$/);
    }
  });

  it("the next load works after a worker was ended", async () => {
    await failure(
      readModelFile(fixture("hostile/two_to_the_24.h5"), { ...DEFAULT_LIMITS, time_ms: 100 }, spawnThread),
    );
    const file = await readModelFile(fixture("mlp/model.h5"), DEFAULT_LIMITS, spawnThread);
    expect(file.layout).toBe("legacy");
  });

  it("no hook stays behind in this thread", async () => {
    const { now } = Date;
    const { grow } = WebAssembly.Memory.prototype;
    await failure(readModelFile(fixture("hostile/external_storage.h5"), DEFAULT_LIMITS, spawnHere));
    expect(Date.now).toBe(now);
    expect(WebAssembly.Memory.prototype.grow).toBe(grow);
  });

  it.each(["file_bytes", "weight_bytes", "objects", "depth"] as const)(
    "%s is a limit that the error names",
    async (name) => {
      const limits = { ...DEFAULT_LIMITS, [name]: 3 };
      const error = await failure(readModelFile(fixture("mlp/model.weights.h5"), limits, spawnThread));
      expect(error.name).toBe("ModelLimitError");
      expect(error.message).toContain(name);
    },
  );
});

it("needs no secure page: there, only checksums are missing", async () => {
  const array = { shape: [3], dtype: "float32", data: new Float32Array([1, 2, 3]) } as const;
  const own = globalThis.crypto;
  vi.stubGlobal("crypto", { getRandomValues: own.getRandomValues.bind(own) });
  try {
    const bytes = await writeHdf5([{ path: "/a", array }], spawnHere);
    await withHdf5(bytes, DEFAULT_LIMITS, spawnHere, async (file) => {
      expect((await file.arrays(["/a"])).get("/a")).toEqual(array);
      expect((await file.attributes(["/a"], ["keraunos_sha256"])).get("/a")!.size).toBe(0);
    });
  } finally {
    vi.unstubAllGlobals();
  }
});
