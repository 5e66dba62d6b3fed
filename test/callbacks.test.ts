import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { build } from "../src/ir/build.ts";
import { kerasModel } from "../src/parser/keras-json.ts";
import type { Callback } from "../src/runtime/callbacks/callback.ts";
import { callbacks } from "../src/runtime/callbacks/index.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import { createModel, type Model } from "../src/runtime/model.ts";

interface Case {
  readonly label: string;
  readonly learning_rate: number;
  readonly epochs: number;
  readonly calls: unknown[][] | null;
  readonly text: string;
  readonly saved: string[];
  readonly csv: string | null;
  readonly weights: (number[] | null)[];
}
interface Fixture {
  readonly config: object;
  readonly x: number[][];
  readonly y: number[][];
  readonly validation_data: number[][][];
  readonly cases: Case[];
}
const fixture = JSON.parse(readFileSync("fixtures/training/callbacks.json", "utf8")) as Fixture;

/** A model of one weight and everything it wrote: text, names of saved files, text files. */
function world(
  weights: readonly unknown[],
  rate: number,
): { model: Model; text: string[]; saved: string[]; files: Map<string, string> } {
  const [text, saved, files] = [[] as string[], [] as string[], new Map<string, string>()];
  const ir = build(kerasModel({ class_name: "Sequential", config: fixture.config }));
  const platform = {
    terminal: false,
    write: (part: string) => void text.push(part),
    save: async (_model: Model, path: string) => void saved.push(path),
    writeText: async (path: string, part: string, append: boolean) =>
      void files.set(path, (append ? (files.get(path) ?? "") : "") + part),
    hasText: async (path: string) => Boolean(files.get(path)),
  };
  const model = createModel({ ir, session: interpretSession(), platform });
  model.setWeights(weights);
  model.compile({
    optimizer: { class_name: "SGD", config: { learning_rate: rate } },
    loss: "mse",
    metrics: ["mae"],
  });
  return { model, text, saved, files };
}

const made: Readonly<Record<string, () => Callback[]>> = {
  hooks: () => [],
  csv: () => [callbacks.CSVLogger({ filename: "log.csv" })],
  "csv-semicolon": () => [callbacks.CSVLogger({ filename: "log.csv", separator: ";" })],
  early: () => [callbacks.EarlyStopping({ patience: 1, verbose: 1, restore_best_weights: true })],
  checkpoint: () => [callbacks.ModelCheckpoint({ filepath: "{epoch:02d}-{val_loss:.2f}.keras", verbose: 1 })],
  best: () => [
    callbacks.ModelCheckpoint({
      filepath: "best.weights.h5",
      save_best_only: true,
      save_weights_only: true,
      verbose: 1,
    }),
  ],
  batches: () => [
    callbacks.ModelCheckpoint({ filepath: "{epoch}-{batch:03d}-{loss:.3e}.keras", save_freq: 2 }),
  ],
  diverges: () => [callbacks.TerminateOnNaN()],
  tiny: () => [callbacks.CSVLogger({ filename: "log.csv" })],
};
const START: Readonly<Record<string, unknown[]>> = { tiny: [[[3.00001]], [-1]] };
const HOOKS = [
  "on_train_begin",
  "on_train_end",
  "on_epoch_begin",
  "on_epoch_end",
  "on_train_batch_begin",
  "on_train_batch_end",
  "on_test_begin",
  "on_test_end",
  "on_test_batch_begin",
  "on_test_batch_end",
];

/** Records every hook that is called, with numbers and the names of the logs. */
function spy(calls: unknown[][]): Callback {
  const said = (a: unknown): unknown => (typeof a === "number" ? a : Object.keys(a as object).sort());
  return Object.fromEntries(
    HOOKS.map((name) => [name, (...args: unknown[]) => void calls.push([name, ...args.map(said)])]),
  );
}

/** Cells of a CSV with numbers cut to the digits that engines share. */
const cells = (csv: string): string[][] =>
  csv
    .split("\r\n")
    .map((line) =>
      line.split(/[,;]/).map((cell) => (/^-?\d+\.\d/.test(cell) ? Number(cell).toPrecision(4) : cell)),
    );

describe("callbacks do what Keras's do", () => {
  test.each(fixture.cases.map((c) => [c.label, c] as const))("%s", async (label, c) => {
    const { model, text, saved, files } = world(START[label] ?? [[[2]], [0.5]], c.learning_rate);
    const calls: unknown[][] = [];
    const { x, y, validation_data } = fixture;
    const watching = [...made[label](), spy(calls)];
    await model.fit(x, y, {
      batch_size: 4,
      epochs: c.epochs,
      shuffle: false,
      validation_data,
      callbacks: watching,
    });
    expect(text.join("")).toBe(c.text);
    expect(saved).toEqual(c.saved);
    if (c.calls) expect(calls).toEqual(c.calls);
    const csv = files.get("log.csv");
    expect(csv === undefined).toBe(c.csv === null);
    if (label === "tiny") expect(csv).toMatch(/\r\n0,\d\.\d+e-\d\d,\d\.\d+e-05,0\.1\d+,0\.3\d+\r\n$/);
    else if (c.csv) expect(cells(csv!)).toEqual(cells(c.csv));
    c.weights.forEach((w, k) => {
      const mine = [...(model.getWeights()[k].data as Float32Array)];
      if (w) w.flat().forEach((value, i) => expect(mine[i]).toBeCloseTo(value, 5));
      else expect(mine.some((v) => !Number.isFinite(v))).toBe(true);
    });
  });
});

test.each([
  ["none", { epochs: 0 }],
  ["all of them run before", { epochs: 2, initial_epoch: 2 }],
])("no epochs make an empty history, as in Keras: %s", async (_, options) => {
  const { model } = world([[[2]], [0.5]], 0.05);
  expect(await model.fit(fixture.x, fixture.y, options)).toMatchObject({ history: {}, epoch: [] });
});

describe("callbacks as plain objects", () => {
  const run = (callback: Callback): Promise<{ history: Record<string, number[]>; epoch: number[] }> => {
    const { model } = world([[[2]], [0.5]], 0.05);
    return model.fit(fixture.x, fixture.y, { batch_size: 4, epochs: 5, shuffle: false, callbacks: callback });
  };
  test("may stop training through their model", async () => {
    const { epoch } = await run({
      on_epoch_end(this: { model?: { stopTraining: boolean } }, at: number) {
        if (at === 1) this.model!.stopTraining = true;
      },
    } as Callback);
    expect(epoch).toEqual([0, 1]);
  });
  test("may add to the logs, which History then records, and may be awaited", async () => {
    const { history } = await run({
      async on_epoch_end(epoch, logs) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        logs!.learning_rate = epoch;
      },
    });
    expect(history.learning_rate).toEqual([0, 1, 2, 3, 4]);
  });
  test("may use the older names of the batch hooks", async () => {
    const seen: number[] = [];
    await run({ on_batch_end: (batch) => void seen.push(batch) });
    expect(seen.slice(0, 4)).toEqual([0, 1, 2, 0]);
  });
});

describe("callbacks refuse", () => {
  const fit = (callback: () => Callback): Promise<unknown> => {
    const { model } = world([[[2]], [0.5]], 0.05);
    return Promise.resolve().then(() => model.fit(fixture.x, fixture.y, { callbacks: callback() }));
  };
  test.each([
    [
      "a monitor of unknown direction",
      () => callbacks.EarlyStopping({ monitor: "val_auc" }),
      /val_auc.*mode/s,
    ],
    [
      "a checkpoint path of no format",
      () => callbacks.ModelCheckpoint({ filepath: "model" }),
      /\.keras or \.h5/,
    ],
    [
      "weights into a whole model's file",
      () => callbacks.ModelCheckpoint({ filepath: "m.keras", save_weights_only: true }),
      /\.weights\.h5/,
    ],
    [
      "a placeholder that nothing logs",
      () => callbacks.ModelCheckpoint({ filepath: "{val_loss}.keras" }),
      /val_loss/,
    ],
  ])("%s", async (_what, callback, message) => {
    await expect(fit(callback)).rejects.toThrow(message);
  });
});
