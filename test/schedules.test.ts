import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { scheduleOf } from "../src/ir/fields/learning-rate.ts";
import { chooseOptimizer } from "../src/ir/catalogues.ts";
import { build } from "../src/ir/build.ts";
import { writePython } from "../src/parser/python-write/index.ts";
import { parsePython } from "../src/parser/python/index.ts";
import { loadModel, type ModelError } from "../src/node/index.ts";
import { rateAfter } from "../src/runtime/standalone.ts";

/** See fixtures/schedules.py. */
interface Facts {
  readonly x: number[][];
  readonly y: number[][];
  readonly steps: readonly number[];
  readonly rates: readonly {
    readonly schedule: string;
    readonly config: object;
    readonly rates: readonly number[];
  }[];
  readonly runs: readonly (Trained & {
    readonly snippet: string;
    readonly variables: readonly string[];
    readonly config: object;
  })[];
  readonly files: readonly (Trained & { readonly name: string })[];
}
interface Trained {
  readonly losses: readonly number[];
  readonly weights: readonly (readonly number[])[];
  /** The rate of the step after the last. */
  readonly next: number;
}
const { x, y, steps, rates, runs, files } = JSON.parse(
  readFileSync("fixtures/schedules/cases.json", "utf8"),
) as Facts;

const apart = (a: number, b: number): number => Math.abs(a - b) / Math.max(1e-4, Math.abs(b));

type Loaded = Awaited<ReturnType<typeof loadModel>>;
/** Trains on and compares every step with Keras. */
function follow(model: Loaded, { losses, weights, next }: Trained): void {
  for (const loss of losses) expect(apart(model.trainOnBatch(x, y) as number, loss)).toBeLessThan(1e-5);
  weights.forEach((data, k) =>
    data.forEach((value, i) => expect(Math.abs(model.weights[k].data[i] - value)).toBeLessThan(2e-6)),
  );
  expect(apart(model.optimizer!.learning_rate, next)).toBeLessThan(2e-6);
}
const saidIn = async (model: Loaded): Promise<unknown> => {
  const json = JSON.parse(new TextDecoder().decode(await model.toBytes("json"))) as {
    compile_config: { optimizer: { config: { learning_rate: unknown } } };
  };
  return json.compile_config.optimizer.config.learning_rate;
};

describe("rates of steps", () => {
  test.each(rates)("$schedule", ({ config, rates: wanted }) => {
    const { config: of } = chooseOptimizer({ class_name: "SGD", config: { learning_rate: config } });
    const got = steps.map((step) => rateAfter(scheduleOf(of)!, step));
    wanted.forEach((rate, k) =>
      expect(Math.abs(got[k] - rate), `step ${steps[k]}: ${got[k]}, not ${rate}`).toBeLessThan(
        2e-6 * Math.max(...wanted),
      ),
    );
  });
});

describe("ten steps of a snippet", () => {
  const named = runs.map((run) => [run.snippet.split("\n").slice(3, 6).join(" "), run] as const);
  test.each(named)("%s", async (_name, run) => {
    const model = await loadModel(run.snippet);
    follow(model, run);
    expect(model.optimizer!.variables.map(({ path }) => path)).toEqual(run.variables);
    expect(await saidIn(model)).toEqual(run.config);
    const source = writePython(build(parsePython(run.snippet).spec));
    expect(source).not.toMatch(/(rate|target|alpha|mul|power)=-?\d+[,)\n]/);
    expect(await saidIn(await loadModel(source))).toEqual(run.config);
  });
});

describe("five steps more of a file", () => {
  const named = files.flatMap((one) =>
    ["keras", "h5"].map((ending) => [`${one.name}.${ending}`, one] as const),
  );
  test.each(named)("%s", async (file, one) => {
    const bytes = readFileSync(`fixtures/schedules/${file}`);
    follow(await loadModel(bytes), one);
    for (const [format, keras] of [
      ["keras", "3"],
      ["h5", "2"],
    ] as const) {
      const again = await (await loadModel(bytes)).toBytes(format, { keras });
      follow(await loadModel(again), one);
    }
  });
});

describe("a schedule", () => {
  test("cannot be overruled", async () => {
    const { optimizer } = await loadModel(runs[0].snippet);
    expect(() => (optimizer!.learning_rate = 0.1)).toThrow(/schedule: its learning rate cannot be set/);
  });
  test.each([
    ["of no known class", { class_name: "CosineDeca", config: {} }, /learning_rate.*CosineDecay/s],
    ["without its options", { class_name: "CosineDecay", config: {} }, /initial_learning_rate/],
    [
      "of too few values",
      { class_name: "PiecewiseConstantDecay", config: { boundaries: [1, 2], values: [0.1] } },
      /one value more than the 2 boundaries/,
    ],
    [
      "of no length",
      { class_name: "CosineDecay", config: { initial_learning_rate: 1, decay_steps: 0 } },
      /decay_steps/,
    ],
  ])("%s is refused", (_name, learning_rate, message) => {
    const choose = (): unknown => chooseOptimizer({ class_name: "SGD", config: { learning_rate } });
    expect(choose).toThrow(message);
    expect(choose).toThrow(expect.objectContaining({ code: "bad-option" }) as ModelError);
  });
});
