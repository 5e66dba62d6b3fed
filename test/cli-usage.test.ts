import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { writeNpy } from "../src/formats/npy.ts";
import { writeNpz } from "../src/formats/npz.ts";
import { chooseOptimizer } from "../src/ir/catalogues.ts";
import type { Tensor } from "../src/ir/tensor.ts";
import { compileSpec } from "../src/parser/keras-compile.ts";
import { nodeHost } from "../src/node/platform.ts";
import { run } from "./cli-run.ts";

const scratch = mkdtempSync(join(tmpdir(), "keraunos-usage-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const at = (name: string): string => join(scratch, name);
const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(at(name), content);
  return at(name);
};
const floats = (shape: readonly number[], data: readonly number[]): Tensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from(data),
});

const MODEL = put(
  "m.py",
  `import keras
m = keras.Sequential([keras.Input((2,)), keras.layers.Rescaling(2.0)])
`,
);
const X = put("x.npy", writeNpy(floats([2, 2], [1, 2, 3, 4])));

describe("wrong usage ends with 2, and says what is expected", () => {
  test.each([
    [["summary", MODEL, "--keras", "4"], "a version from 1 to 3"],
    [["summary", MODEL, "--positions", ".3"], "a position for every column"],
    [["summary", MODEL, "--layer-range", "dense"], "two names"],
    [["summary", MODEL, "--layer-range", "dense,dense_1"], "matches no layer"],
    [["summary", MODEL, "--columns", "5"], "too narrow"],
    [["summary", MODEL, "--layers", "own.js"], "--layers is not supported yet"],
    [["summary", MODEL, "--winograd", "3"], "Expected 0, 2, 4"],
    [["convert", MODEL, at("m.unknown")], ".keras, .h5"],
    [["convert", MODEL, at("m.keras"), "--format", "odd"], "no such model format"],
    [["convert", MODEL, at("m.keras"), "--keras", "1"], "2 or 3"],
    [["predict", MODEL, "--input", X, "--output", at("p.foo")], ".npy, .npz, .json, .csv"],
    [["verify", MODEL, "--input", X, "--expected", X, "--tolerance", "-1"], "0 or more"],
    [["fit", MODEL, "--x", X, "--y", X, "--save", at("m.foo")], ".keras, .h5"],
    [["fit", MODEL, "--x", X, "--y", X, "--plot", at("m.svg")], "--plot is not supported yet"],
  ])("%j", async (args, said) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(said);
  });

  test("what a snippet says wrongly is the snippet's fault", async () => {
    const { code } = await run(
      ["summary", "-"],
      `${readFileSync(MODEL, "utf8")}m.summary(positions=[0.3])\n`,
    );
    expect(code).toBe(1);
  });
});

describe("verify", () => {
  const expected = (...values: number[]): string => put("y.npy", writeNpy(floats([1, 2], values)));
  const code = async (x: readonly number[], y: string): Promise<number> =>
    (await run(["verify", MODEL, "--input", put("in.npy", writeNpy(floats([1, 2], x))), "--expected", y]))
      .code;

  test("NaN and infinities equal themselves at the same places", async () => {
    expect(await code([NaN, 1], expected(NaN, 2))).toBe(0);
    expect(await code([Infinity, 1], expected(Infinity, 2))).toBe(0);
    expect(await code([NaN, NaN], expected(NaN, NaN))).toBe(0);
  });
  test("and nothing else", async () => {
    expect(await code([NaN, 1], expected(2, NaN))).toBe(1);
    expect(await code([1, 1], expected(NaN, 2))).toBe(1);
    expect(await code([NaN, 1], expected(2, 2))).toBe(1);
    expect(await code([Infinity, 1], expected(-Infinity, 2))).toBe(1);
    // an infinity is no scale by which every error is small
    expect(await code([Infinity, 1], expected(Infinity, 3))).toBe(1);
  });
});

describe("what cannot be written is said before training", () => {
  const TRAINED = put(
    "t.py",
    `import keras
m = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
m.compile("sgd", "mse")
`,
  );
  const data = async (): Promise<string> =>
    put(
      "d.npz",
      await writeNpz(
        new Map([
          ["x", floats([4, 2], [1, 2, 3, 4, 5, 6, 7, 8])],
          ["y", floats([4, 1], [1, 2, 3, 4])],
        ]),
      ),
    );

  test.each([
    ["--save", "missing/m.keras"],
    ["--history", "missing/h.json"],
    ["--history", "folder"],
    ["--checkpoint", "missing/m.keras"],
  ])("%s %s", async (flag, path) => {
    mkdirSync(at("folder"), { recursive: true });
    const { code, err } = await run(["fit", TRAINED, "--data", await data(), flag, at(path)]);
    expect(code).toBe(1);
    expect(err).toContain("cannot be written");
    expect(err).not.toContain("Epoch 1");
  });

  test("what can be written is, and nothing else is left", async () => {
    mkdirSync(at("runs"));
    const saved = ["--save", at("runs/m.keras"), "--history", at("runs/h.json")];
    expect((await run(["fit", TRAINED, "--data", await data(), ...saved])).code).toBe(0);
    expect(readdirSync(at("runs")).sort()).toEqual(["h.json", "m.keras"]);
  });
});

describe("a bundle that cannot be written", () => {
  test("leaves no folder behind", async () => {
    vi.doMock("../src/node/save.ts", async (original) => ({
      ...(await original<object>()),
      saveBytes: (path: string) =>
        path.endsWith(".d.ts") ? Promise.reject(new Error("full")) : Promise.resolve(writeFileSync(path, "")),
    }));
    vi.resetModules();
    const { compile } = await import("../src/node/cli/commands/compile.ts");
    const io = {
      host: nodeHost(),
      out() {},
      say() {},
      progress() {},
      stdin: () => Promise.resolve(new Uint8Array()),
      terminal: false,
      outTerminal: false,
    };
    mkdirSync(at("kept"));
    for (const folder of ["new/inner", "kept/inner"]) {
      await expect(compile.run([MODEL], { output: at(folder) }, io)).rejects.toThrow("full");
    }
    expect([existsSync(at("new")), readdirSync(at("kept"))]).toEqual([false, []]);
    vi.doUnmock("../src/node/save.ts");
  });
});

describe("limits", () => {
  test.each([
    ["time_m=3", "Did you mean time_ms?"],
    ["__proto__=3", "--limit has no option"],
    ["time_ms=-1", "NAME=N"],
  ])("%s is wrong usage", async (given, said) => {
    const { code, err } = await run(["summary", MODEL, "--limit", given]);
    expect([code, err]).toEqual([2, expect.stringContaining(said)]);
  });

  test("a limit that is known is taken", async () => {
    const { code, err } = await run(["summary", MODEL, "--limit", "layers=1"]);
    expect([code, err]).toEqual([1, expect.stringContaining("limit layers")]);
  });
});

describe("the learning rate", () => {
  test("is not called lr, as in Keras 3", async () => {
    const lr = ["--optimizer", '{"class_name": "SGD", "config": {"lr": 0.1}}', "--loss", "mse"];
    const { code, err } = await run(["evaluate", MODEL, "--x", X, "--y", X, ...lr]);
    expect(code).toBe(1);
    expect(err).toMatch(/no option "lr".*learning_rate/);
  });

  test("is, in files of Keras 1 and 2.2", () => {
    const config = {
      optimizer_config: { class_name: "SGD", config: { lr: 0.25, momentum: 0.5 } },
      loss: "mse",
    };
    const spec = compileSpec(config, {});
    expect(chooseOptimizer(spec!.optimizer).config).toMatchObject({ learning_rate: 0.25, momentum: 0.5 });
  });
});
