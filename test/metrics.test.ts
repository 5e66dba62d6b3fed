import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { metrics } from "../src/runtime/standalone.ts";

interface Case {
  readonly metric: unknown;
  readonly name: string;
  readonly steps: {
    readonly y: number[];
    readonly p: number[];
    readonly sample_weight: number[] | null;
    readonly result: number;
  }[];
}
const cases = JSON.parse(
  readFileSync(new URL("../fixtures/training/metrics.json", import.meta.url), "utf8"),
) as Case[];

describe("metrics equal Keras's over several updates", () => {
  test.each(cases.map((c, k) => [k, JSON.stringify(c.metric), c] as const))("%i %s", (_k, _metric, c) => {
    const metric = metrics.get(c.metric);
    expect(metric.name).toBe(c.name);
    expect(metric.result()).toBe(0);
    for (const step of c.steps) {
      metric.updateState(step.y, step.p, step.sample_weight ?? undefined);
      expect(Math.abs(metric.result() - step.result)).toBeLessThan(1e-6 * Math.max(1, Math.abs(step.result)));
    }
    metric.resetState();
    expect(metric.result()).toBe(0);
  });
});

interface Edge {
  readonly metric: string;
  readonly y: number[];
  readonly shape: readonly [number, number];
  readonly p: (number | string)[];
  readonly result: number;
}
const edges = JSON.parse(
  readFileSync(new URL("../fixtures/training/metric-edges.json", import.meta.url), "utf8"),
) as Edge[];

describe("accuracies of predictions that are no numbers equal Keras's", () => {
  test.each(edges.map((e) => [`${e.metric} of ${e.p} for ${JSON.stringify(e.y)}`, e] as const))(
    "%s",
    (_, e) => {
      const metric = metrics.get(e.metric);
      metric.updateState(e.y, { shape: e.shape, dtype: "float32", data: Float32Array.from(e.p, Number) });
      expect(metric.result()).toBe(e.result);
    },
  );
});

test("an unknown metric is refused by name", () => {
  expect(() => metrics.get("auc")).toThrow(/"auc".*not supported/);
});
