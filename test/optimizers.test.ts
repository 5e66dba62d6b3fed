import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { build } from "../src/ir/build.ts";
import { parsePython } from "../src/parser/python/index.ts";
import { createModel, type Model } from "../src/runtime/model.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import { wasmSession } from "../src/runtime/wasm-session.ts";
import { loadModel } from "../src/node/index.ts";
import { scriptSession } from "./script-session.ts";

/** See fixtures/optimizers.py. */
interface Trained {
  readonly net: "dense" | "table";
  readonly rows: number;
  readonly losses: readonly number[];
  readonly weights: readonly (readonly number[])[];
}
interface Facts {
  readonly x: Readonly<Record<string, number[][]>>;
  readonly y: number[][];
  readonly runs: readonly (Trained & {
    readonly snippet: string;
    readonly before: readonly (readonly number[])[];
    readonly variables: readonly { readonly path: string; readonly data: readonly number[] }[];
  })[];
  readonly files: readonly (Trained & {
    readonly file: string;
    readonly optimizer: string;
    readonly variables?: readonly string[];
  })[];
}
const { x, y, runs, files } = JSON.parse(readFileSync("fixtures/optimizers/cases.json", "utf8")) as Facts;
const ENGINES = { interpreter: interpretSession, WebAssembly: wasmSession, TypeScript: scriptSession };

const apart = (a: number, b: number): number => Math.abs(a - b) / Math.max(1, Math.abs(b));
const worst = (got: ArrayLike<number>, wanted: readonly number[]): number => {
  expect(got.length).toBe(wanted.length);
  return wanted.reduce((most, value, k) => {
    const one = apart(got[k], value);
    return one > most || Number.isNaN(one) ? one : most;
  }, 0);
};

/** Trains on and compares every step with Keras. */
function follow(model: Model, { net, rows, losses, weights }: Trained): void {
  const [input, labels] = [x[net].slice(0, rows), y.slice(0, rows)];
  for (const loss of losses)
    expect(apart(model.trainOnBatch(input, labels) as number, loss)).toBeLessThan(5e-6);
  weights.forEach((data, k) => expect(worst(model.weights[k].data, data)).toBeLessThan(5e-6));
}

const named = runs.map((run) => [`${run.snippet.split("\n")[4]} ${run.net} ${run.rows}`, run] as const);
describe.each(Object.entries(ENGINES))("ten steps on %s", (_engine, session) => {
  test.each(named)("%s", (_name, run) => {
    const ir = build(parsePython(run.snippet).spec);
    const model = createModel({ ir, session: session() });
    model.compile(ir.compile as object);
    model.weights.forEach(({ data }, k) => data.set(run.before[k]));
    follow(model, run);
    const variables = model.optimizer!.variables;
    expect(variables.map(({ path }) => path)).toEqual(run.variables.map(({ path }) => path));
    run.variables.forEach(({ data }, k) => expect(worst(variables[k].data, data)).toBeLessThan(1e-5));
  });
});

const bytesOf = (file: string): Uint8Array =>
  new Uint8Array(gunzipSync(readFileSync(`fixtures/optimizers/${file}.gz`)));
const stored = files.map((one) => [`${one.file} ${one.optimizer}`, one] as const);
describe("five steps more of a file", () => {
  test.each(stored)("%s", async (_name, one) => {
    const bytes = bytesOf(one.file);
    const model = await loadModel(bytes);
    expect(model.notes).toEqual([]);
    if (one.variables) expect(model.optimizer!.variables.map(({ path }) => path)).toEqual(one.variables);
    follow(model, one);
  });

  const newer = stored.filter(([, { optimizer }]) => !optimizer.startsWith("legacy."));
  test.each(newer)("%s, saved again", async (_name, one) => {
    const bytes = bytesOf(one.file);
    for (const [format, keras] of [
      ["keras", "3"],
      ["h5", "3"],
      ["h5", "2"],
    ] as const) {
      // tf.keras has another rule for tables that are looked up twice in a row, and each file says whose it is
      if (one.net === "table" && (keras === "2") !== one.file.startsWith("tf_keras")) continue;
      const again = await (await loadModel(bytes)).toBytes(format, { keras });
      follow(await loadModel(again), one);
    }
  });
});

describe("the rule of before TensorFlow 2.11 ends with the file", () => {
  const older = stored.filter(([, { optimizer }]) => optimizer.startsWith("legacy."));
  test.each(older)("%s", async (_name, one) => {
    const model = await loadModel(bytesOf(one.file));
    await model.toBytes("keras");
    await model.toBytes("keras");
    const other = /Adagrad|Nadam|RMSprop(?!.*momentum)/.test(one.optimizer);
    expect(model.notes.map(({ message }) => /today's rule/.test(message))).toEqual(other ? [true] : []);
  });
});

test("training says why the settings of a source could not be taken", async () => {
  const source = `import keras
m = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
m.compile(optimizer=keras.optimizers.SGD(use_ema=True), loss="mse")`;
  const model = await loadModel(source);
  const step = (): unknown => model.trainOnBatch([[1, 2]], [[1]]);
  expect(step).toThrow(/Training needs a model that was compiled\..*use_ema/);
  model.compile({ optimizer: "sgd", loss: "mse" });
  expect(model.compileProblem).toBeUndefined();
  expect(step).not.toThrow();
});

test.each(["h5", "keras"] as const)(
  "a %s of Keras 2 says that Nadam's product is not in it",
  async (format) => {
    const source = `import keras
m = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
m.compile(optimizer="nadam", loss="mse")`;
    const model = await loadModel(source);
    model.trainOnBatch([[1, 2]], [[1]]);
    const notes = async (keras: 2 | 3): Promise<readonly string[]> =>
      (await loadModel(await model.toBytes(format, { keras }))).notes.map(({ message }) => message);
    expect(await notes(2)).toEqual([expect.stringMatching(/product that Nadam makes up/)]);
    expect(await notes(3)).toEqual([]);
  },
);
