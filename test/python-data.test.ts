import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Tensor } from "../src/ir/tensor.ts";
import { dataSources, parsePython, runData } from "../src/parser/python/index.ts";
import type { DataRef, DataSource, Snippet } from "../src/parser/training-spec.ts";

interface Seen {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly sum: number;
  readonly first: readonly number[];
  readonly last: readonly number[];
}
const folder = new URL("../fixtures/python/", import.meta.url);
const expected = (JSON.parse(readFileSync(new URL("data.json", folder), "utf8")) as { lines: Seen[] }).lines;
const source = readFileSync(new URL("data/lines.py", folder), "utf8");

/** The made-up images of fixtures/python.py. */
function small(part: DataSource): Tensor {
  if (part.op !== "dataset") throw new Error(part.op);
  const images = Uint8Array.from({ length: 4 * 784 }, (_, i) => (i * 7) % 256);
  const rows = part.part.endsWith("test") ? [3, 2, 1, 0] : [0, 1, 2, 3];
  if (part.part.startsWith("y"))
    return { shape: [4], dtype: "uint8", data: Uint8Array.from(rows, (i) => [9, 0, 3, 1][i]) };
  const data = new Uint8Array(4 * 784);
  rows.forEach((row, i) => data.set(images.subarray(row * 784, row * 784 + 784), i * 784));
  return { shape: [4, 28, 28], dtype: "uint8", data };
}
const step = (ref: unknown): number => {
  const { kind, step: at } = ref as Extract<DataRef, { kind: "data" }>;
  expect(kind).toBe("data");
  return at;
};
const inputs = (s: Snippet): number[] => s.runs.map((run) => step(run.x));
const kept: Record<string, string> = {
  float64: "float32",
  float32: "float32",
  int64: "int32",
  uint8: "uint8",
  bool: "bool",
};

describe("data lines give numpy's numbers", () => {
  // The real data set has other sizes than the made-up one, so that no shape may be taken from it.
  const snippet = parsePython(
    source.replace("x.shape[0]", "-1").replace("load_data()", "load_data(path='small')"),
  );
  const steps = inputs(snippet);
  const values = runData(snippet.data, steps, small);
  const lines = source.split("\n").filter((line) => line.startsWith("model.predict"));
  it("sees every line", () => expect(steps.length).toBe(expected.length));
  it.each(lines.map((line, i) => [line, i] as const))("%s", (_line, i) => {
    const { shape, dtype, data } = values.get(steps[i])!;
    const numbers = Array.from(data as Float32Array);
    expect({ shape, dtype }).toEqual({ shape: expected[i].shape, dtype: kept[expected[i].dtype] });
    expect(numbers.slice(0, 12)).toEqual(expected[i].first);
    expect(numbers.slice(-3)).toEqual(expected[i].last);
    expect(numbers.reduce((a, b) => a + b, 0)).toBeCloseTo(expected[i].sum, 3);
  });
});

describe("data the model cannot be sure of", () => {
  const fitX = (lines: string): DataRef => {
    const text = `import keras\nimport numpy as np\nmodel = keras.Sequential([keras.layers.Dense(1)])\n${lines}\nmodel.fit(x, y)\n`;
    return parsePython(text).fit!.x as DataRef;
  };
  const load = "(x, y), _ = keras.datasets.mnist.load_data()\n";
  it.each([
    ["np.random.shuffle(x)", 5],
    ["x = np.log1p(x)", 5],
    ["x[0] = 3", 5],
    ["x.sort()", 5],
    ["x = scaler.fit_transform(x)", 5],
    ["x = x[y > 3]", 5],
    ["x = x / x.max()", 5],
    ["x = x.astype('float32')\nv = x[:10]\nv /= 2", 7],
    ["x = x.astype('float32')\nx *= np.random.rand()\nx = x / 2", 6],
    ["for row in x: row += 1", 5],
    ["frobnicate = np.vectorize(print)\nfrobnicate(x)", 6],
  ])("%s", (line, at) => {
    let ref: DataRef | undefined;
    let message = "";
    try {
      ref = fitX(load + (line.includes("scaler") ? `scaler = np.scaler()\n${line}` : line));
    } catch (error) {
      message = (error as Error).message;
    }
    if (message) expect(message).toContain("5:");
    else expect(ref).toMatchObject({ kind: "unknown", line: line.includes("scaler") ? at + 1 : at });
  });
  it.each([
    "plt.imshow(x[0])",
    "print(x.shape, x.max())",
    "x.mean()",
    "np.unique(y)",
    "v = x[:5]",
    "print(f'{x:>10}')",
  ])("is not changed by %s", (line) => {
    expect(fitX(`import matplotlib.pyplot as plt\n${load}${line}`)).toMatchObject({ kind: "data", step: 0 });
  });
  it("sees changes in place through every name of an array", () => {
    const { data, fit } = parsePython(
      "import keras\nmodel = keras.Sequential([keras.layers.Dense(1)])\na = x\na /= 2\nmodel.fit(x, y)",
    );
    expect(data.steps[step(fit!.x)]).toMatchObject({ op: "arithmetic", in_place: true });
  });
  it("lists the arrays that the user must bring", () => {
    const { data, fit } = parsePython(
      "import keras\nmodel = keras.Sequential([keras.layers.Dense(1)])\nmodel.fit(x_train[:9] / 255, y_train)",
    );
    expect(dataSources(data, [step(fit!.x)])).toEqual([{ op: "given", name: "x_train" }]);
    expect(dataSources(data, [step(fit!.x), step(fit!.y)]).length).toBe(2);
  });
  it("refuses what numpy refuses", () => {
    const { data, fit } = parsePython(
      `import keras\n${load}model = keras.Sequential([keras.layers.Dense(1)])\nx /= 255\nmodel.fit(x, y)`,
    );
    expect(() => runData(data, [step(fit!.x)], small)).toThrow(
      "numpy cannot change an array of uint8 in place",
    );
  });
});
