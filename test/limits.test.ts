import { describe, expect, test } from "vitest";
import { spawnHere, withHdf5, type Hdf5Port } from "../src/formats/hdf5.ts";
import { DEFAULT_LIMITS } from "../src/diagnostics/limits.ts";
import { loadModel, ModelError } from "../src/node/index.ts";
import { run } from "./cli-run.ts";
import { fixture } from "./formats-cases.ts";

const MODEL = "fixtures/formats/mlp/model.h5";
const refused = async (work: Promise<unknown>): Promise<ModelError> => {
  const error: unknown = await work.then(
    () => "nothing was refused",
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(ModelError);
  return error as ModelError;
};

/** Milliseconds until a file is given up of which the engine answers nothing but that it is open. */
async function patience(port: Omit<Hdf5Port, "request" | "end">): Promise<number> {
  const limits = { ...DEFAULT_LIMITS, time_ms: 100, time_ms_per_mb: 0 };
  let ended = false;
  const spawn = (): Promise<Hdf5Port> =>
    Promise.resolve({
      ...port,
      request: ({ kind }) =>
        kind === "open" ? Promise.resolve({ ok: true, value: undefined }) : new Promise(() => undefined),
      end: () => (ended = true),
    });
  const start = performance.now();
  const error = await refused(withHdf5(new Uint8Array(10), limits, spawn, (file) => file.list("/")));
  expect(error).toMatchObject({ name: "ModelLimitError", code: "limit-time-ms" });
  expect(ended).toBe(true);
  return performance.now() - start;
}

describe("the time of an HDF5 engine", () => {
  test("counts as it passes where the processor's is not known, or where the engine has one for itself", async () => {
    expect(await patience({})).toBeLessThan(1000);
    expect(await patience({ cpu: () => performance.now() })).toBeLessThan(1000);
  });

  test("counts only as far as a busy machine lets the engine compute, up to an end", async () => {
    expect(await patience({ cpu: () => performance.now() * 0.7 })).toBeGreaterThan(130);
    const starved = await patience({ cpu: () => 0 });
    expect(starved).toBeGreaterThan(190);
    expect(starved).toBeLessThan(2000);
  });

  test("does not count while this thread is busy with something else", async () => {
    const limits = { ...DEFAULT_LIMITS, time_ms: 200, time_ms_per_mb: 0 };
    const slowly = async (): Promise<Hdf5Port> => {
      const port = await spawnHere();
      const busy = (ms: number): void => {
        for (const end = performance.now() + ms; performance.now() < end;);
      };
      return {
        ...port,
        request: async (message) => {
          if (message.kind === "list") busy(600);
          return port.request(message);
        },
      };
    };
    const found = await withHdf5(fixture("types/types.h5"), limits, slowly, (file) => file.list("/vars"));
    expect(found).toContain("/vars/float32");
  });
});

describe("limits are options", () => {
  test("of loadModel, of the weights it is given, and of what is loaded later", async () => {
    const limits = { time_ms: 0, time_ms_per_mb: 0 };
    const error = await refused(loadModel(MODEL, { limits }));
    expect(error).toMatchObject({ name: "ModelLimitError", code: "limit-time-ms" });
    expect(error.message).toContain("set limits.time_ms (--limit time_ms=N)");
    const json = new TextDecoder().decode(await (await loadModel(MODEL)).toBytes("json"));
    expect(await refused(loadModel(json, { weights: MODEL, limits }))).toMatchObject({
      code: "limit-time-ms",
    });
    const model = await loadModel(json, { limits });
    expect(await refused(model.loadWeights(MODEL))).toMatchObject({ code: "limit-time-ms" });
  });

  test("undefined is the default; what is no limit is refused by name", async () => {
    expect((await loadModel(MODEL, { limits: { time_ms: undefined } as object })).name).toBe("mlp");
    expect((await refused(loadModel(MODEL, { limits: { time: 3 } as object }))).message).toContain("time_ms");
    const bad = { time_ms: "3", objects: -1, depth: NaN } as object;
    const { errors } = await refused(loadModel(MODEL, { limits: bad }));
    expect(errors.map(({ code, received }) => [code, received])).toEqual([
      ["bad-option", "3"],
      ["bad-option", "-1"],
      ["bad-option", "NaN"],
    ]);
  });

  test("on the command line, several at once", async () => {
    const limited = await run(["check", MODEL, "--limit", "objects=3", "--limit", "time_ms=9000"]);
    expect(limited.code).toBe(1);
    expect(limited.out + limited.err).toMatch(/the limit objects.*--limit objects=N/s);
    expect((await run(["check", MODEL, "--limit", "time_ms=9000"])).code).toBe(0);
    expect((await run(["check", MODEL, "--limit", "time_ms"])).code).toBe(2);
    expect((await run(["summary", MODEL, "--limit", "tine_ms=1"])).err).toContain("Did you mean time_ms?");
  });
});
