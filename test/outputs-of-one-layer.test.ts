import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { writeNpy } from "../src/formats/npy.ts";
import { readNpz, writeNpz } from "../src/formats/npz.ts";
import type { Tensor } from "../src/ir/tensor.ts";
import { loadModel } from "../src/node/index.ts";
import { apart, loadBundle, TARGETS } from "./bundle-models.ts";
import { run } from "./cli-run.ts";

interface Case {
  readonly name: string;
  readonly snippet: string;
  readonly x: readonly number[];
  readonly y: readonly (readonly number[])[];
  readonly weights: readonly (readonly number[])[];
  readonly predict: readonly (readonly number[])[];
  readonly evaluate: readonly number[];
  readonly logs: Readonly<Record<string, number>>;
  readonly step: readonly number[];
  readonly after: readonly (readonly number[])[];
}
/** What Keras computes. */
const CASES = JSON.parse(
  readFileSync("fixtures/training/outputs-of-one-layer.json", "utf8"),
) as readonly Case[];
const TOLERANCE = 1e-5;
/** How a bundle and the command line tell the outputs apart. */
const KEYS = new Map([
  ["called twice", ["d", "d_1"]],
  ["one tensor twice", ["d", "d_1"]],
  ["a name that a number makes", ["d", "d_2", "d_1"]],
]);

const tensor = (data: readonly number[], ...shape: number[]): Tensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from(data),
});
const inputs = ({ x }: Case): Tensor => tensor(x, 5, 3);
const labels = ({ y }: Case): Tensor[] => y.map((data) => tensor(data, 5, 4));
const scratch = mkdtempSync(join(tmpdir(), "keraunos-outputs-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe.each(CASES)("$name", (one) => {
  const keys = KEYS.get(one.name)!;

  test("outputs, losses, metrics and updates are Keras's, by position", async () => {
    const model = await loadModel(one.snippet);
    const found = model.predict(inputs(one)) as unknown as Tensor[];
    found.forEach(({ data }, k) =>
      expect(apart(data as Float32Array, one.predict[k])).toBeLessThan(TOLERANCE),
    );
    expect(apart(model.evaluate(inputs(one), labels(one)) as number[], one.evaluate)).toBeLessThan(TOLERANCE);
    const sample_weight = one.weights.map((data) => tensor(data, 5));
    const logs = model.evaluate(inputs(one), labels(one), { sample_weight, return_dict: true });
    expect(Object.keys(logs)).toEqual(Object.keys(one.logs));
    expect(apart(Object.values(logs), Object.values(one.logs))).toBeLessThan(TOLERANCE);
    expect(apart(model.trainOnBatch(inputs(one), labels(one)) as number[], one.step)).toBeLessThan(TOLERANCE);
    model
      .getWeights()
      .forEach(({ data }, k) => expect(apart(data as Float32Array, one.after[k])).toBeLessThan(TOLERANCE));
  });

  test("labels may be given by the names that tell outputs apart", async () => {
    const model = await loadModel(one.snippet);
    const record = Object.fromEntries(labels(one).map((y, k) => [keys[k], y]));
    expect(apart(model.evaluate(inputs(one), record) as number[], one.evaluate)).toBeLessThan(TOLERANCE);
  });

  test.each(TARGETS)("a bundle as %s has every output and trains on every target", async (target) => {
    const model = await loadModel(one.snippet);
    const bundle = await loadBundle(model, { target, training: true, batch_size: 5 });
    const x = Float32Array.from(one.x);
    const found = bundle.predict(x) as Record<string, Float32Array>;
    expect(Object.keys(found)).toEqual(keys);
    keys.forEach((key, k) => expect(apart(found[key], one.predict[k])).toBeLessThan(TOLERANCE));
    expect(bundle.verify().ok).toBe(true);
    const y = Object.fromEntries(keys.map((key, k) => [key, Float32Array.from(one.y[k])]));
    expect(bundle.trainStep(x, y) / one.step[0]).toBeCloseTo(1, 5);
    Object.values(bundle.weights).forEach((data, k) =>
      expect(apart(data, one.after[k])).toBeLessThan(TOLERANCE),
    );
  });

  test("the command line writes every output and verifies every one", async () => {
    const put = (name: string, bytes: Uint8Array | string): string => {
      writeFileSync(join(scratch, name), bytes);
      return join(scratch, name);
    };
    const snippet = put("m.py", one.snippet);
    const x = put("x.npy", writeNpy(inputs(one)));
    const y = join(scratch, "y.npz");
    expect(await run(["predict", snippet, "--input", x, "--output", y])).toMatchObject({ code: 0 });
    const written = await readNpz(new Uint8Array(readFileSync(y)));
    expect([...written.keys()]).toEqual(keys);
    const wanted = put(
      "wanted.npz",
      await writeNpz(new Map(keys.map((key, k) => [key, tensor(one.predict[k], 5, 4)]))),
    );
    const { code, out } = await run(["verify", snippet, "--input", x, "--expected", wanted, "--json"]);
    const results = JSON.parse(out) as { output: string; ok: boolean }[];
    expect([code, results.map(({ output, ok }) => [output, ok])]).toEqual([
      0,
      keys.map((key) => [key, true]),
    ]);
  });
});
