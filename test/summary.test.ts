import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ModelError } from "../src/diagnostics.ts";
import type { Model } from "../src/ir/model.ts";
import { summarize, summaryData, type SummaryOptions } from "../src/ir/summary.ts";
import { type Marks, modelOf } from "./summary-model.ts";

interface Section {
  readonly head: string;
  readonly options: SummaryOptions;
  readonly marks: Marks;
  readonly error: boolean;
  readonly text: string;
}

const folder = new URL("../fixtures/summary/", import.meta.url).pathname;
const read = (name: string, file: string): string => readFileSync(`${folder}${name}/${file}`, "utf8");
const plain: Marks = { auto: false, shared: false };

function sections(name: string): Section[] {
  const parts = read(name, "texts.txt")
    .split(/^#### /m)
    .slice(1);
  return parts.map((part) => {
    const end = part.indexOf("\n");
    const head = part.slice(0, end);
    const { auto = false, shared = false, error = false, ...options } = JSON.parse(head);
    return { head, options, marks: { auto, shared }, error, text: part.slice(end + 1) };
  });
}

function check(model: Model, { options, error, text }: Section): void {
  if (error) expect(() => summarize(model, options)).toThrow(ModelError);
  else expect(summarize(model, options)).toBe(text);
}

describe.each(readdirSync(folder))("%s", (name) => {
  const all = sections(name);
  test.each(all)("from Keras 3: $head", (section) =>
    check(modelOf(read(name, "keras3.json"), section.marks), section),
  );
  if (!existsSync(`${folder}${name}/keras2.json`)) return;
  test.each(all.filter(({ options }) => options.keras !== undefined))("from TF-Keras: $head", (section) =>
    check(modelOf(read(name, "keras2.json"), { ...section.marks, auto: false }), section),
  );
});

describe("names from counters, before Keras 2.4", () => {
  const names = (name: string, keras: string): string[] => {
    const text = summarize(modelOf(read(name, "keras3.json"), { auto: true, shared: false }), { keras });
    return text.split("\n").flatMap((line) => /^(\w+ \(\w+\)?)/.exec(line)?.[1] ?? []);
  };

  test("layers count from 1, inputs are input_n, graphs are model_n", () => {
    expect(names("auto_named_functional", "2.3").slice(1)).toEqual([
      "input_1 (InputLayer)",
      "input_2 (InputLayer)",
      "sequential_1 (Sequential)",
      "dense_3 (Dense)",
      "concatenate_1 (Concatenate)",
      "leaky_re_lu_1 (LeakyReLU)",
      "dense_4 (Dense)",
    ]);
    expect(names("auto_named_nested", "2.3")).toContain("model_1 (Model)");
  });

  test("Keras 1 has no underscores in class names and names a Sequential's input after its first layer", () => {
    expect(names("normalized", "1.2")).toContain("batchnormalization_1 (BatchNorma");
    const text = summarize(modelOf(read("lecture_mlp", "keras3.json"), { auto: true, shared: false }), {
      keras: "1.2",
    });
    expect(text).toContain(
      "flatten_1 (Flatten)              (None, 784)           0           flatten_input_1[0][0]",
    );
  });
});

describe("options that no Keras accepts", () => {
  const model = modelOf(read("residual", "keras3.json"), plain);
  const problem = (options: SummaryOptions): ModelError => {
    try {
      summarize(model, options);
    } catch (error) {
      if (error instanceof ModelError) return error;
      throw error;
    }
    throw new Error("nothing was thrown");
  };

  test.each<[string, SummaryOptions, string]>([
    ["a version that never was", { keras: "4" }, "unknown-keras-version"],
    ["no version at all", { keras: "latest" }, "unknown-keras-version"],
    ["a width of half a character", { line_length: 60.5 }, "bad-summary-option"],
    ["a terminal without columns", { columns: 0 }, "bad-summary-option"],
    ["no positions", { positions: [] }, "bad-summary-option"],
    ["positions that are no numbers", { positions: [0.5, Number.NaN, 1] }, "bad-summary-option"],
    ["a position too few", { positions: [0.5, 0.8, 1] }, "bad-summary-option"],
    ["positions that go back", { positions: [0.5, 0.4, 0.8, 1] }, "summary-too-narrow"],
    ["too narrow a terminal", { columns: 12 }, "summary-too-narrow"],
    ["columns in which Keras would never end", { keras: "2.9", line_length: 8 }, "summary-too-narrow"],
    ["half a character as a position", { keras: "2.9", positions: [20.5, 40, 60, 80] }, "bad-summary-option"],
    ["nested models before 2.7", { keras: "2.6", expand_nested: true }, "bad-summary-option"],
    ["trainable before 2.8", { keras: "2.7", show_trainable: true }, "bad-summary-option"],
    ["a range before 2.10", { keras: "2.9", layer_range: ["fc1", "add"] }, "bad-summary-option"],
    ["a range that matches nothing", { layer_range: ["fc2", "add"] }, "bad-summary-option"],
    ["a range that is no pattern", { layer_range: ["(", "add"] }, "bad-summary-option"],
  ])("%s", (_, options, code) => expect(problem(options).code).toBe(code));

  test("several at once", () => expect(problem({ columns: -1, line_length: 0 }).errors).toHaveLength(2));

  test("a near miss is named", () => {
    expect(problem({ layer_range: ["fc2", "add"] }).message).toContain("Did you mean fc1?");
  });

  test("before Keras 3 an unbuilt model has no summary", () => {
    const unbuilt = modelOf(read("unbuilt", "keras3.json"), plain);
    expect(() => summarize(unbuilt, { keras: "2.15" })).toThrow(/not built/);
  });
});

test("the same as data", () => {
  const data = summaryData(modelOf(read("residual", "keras3.json"), plain), 2);
  expect(data).toMatchObject({ name: "fm", class_name: "Functional" });
  expect(data.totals).toEqual({
    params: { count: 100_752, bytes: 403_012 },
    trainable: { count: 100_750, bytes: 403_000 },
    non_trainable: { count: 0, bytes: 0 },
    optimizer: { count: 2, bytes: 12 },
  });
  expect(data.layers[4]).toMatchObject({
    name: "inner",
    params: 270,
    output_shapes: [[null, 2]],
    connected_to: ["add[0][0]"],
  });
  expect(data.layers[4].layers?.map((layer) => layer.name)).toEqual(["d1", "d2"]);
});
