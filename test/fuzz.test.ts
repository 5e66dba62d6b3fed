import { describe, expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";
import { fixture } from "./formats-cases.ts";
import { damaged, type Opens, outcome, weightsOf } from "./fuzz.ts";

/** Changed bytes a file: FLIPS=2000 CUTS=64 SEED=… for more. */
const FLIPS = Number(process.env.FLIPS ?? 24);
/** Places where a file ends too early; 64 for all. */
const CUTS = Number(process.env.CUTS ?? 8);
const SEED = Number(process.env.SEED ?? 20260101);
/** Generous: the machine may be busy. */
const SLOW = 10_000;

const h5 = fixture("mlp/model.h5");
const json = await (await loadModel(h5)).toBytes("json");
const ofWeights: Opens = async (bytes) => {
  const model = await loadModel(json, { seed: 1 });
  await model.loadWeights(bytes);
  return model.weights.map(({ data }) => data.slice());
};
const seeded: Opens = async (bytes) =>
  (await loadModel(bytes, { seed: 1 })).weights.map(({ data }) => data.slice());

const page = (await (await loadModel(h5)).toBytes("tfjs")) as Readonly<Record<string, Uint8Array>>;
const ofPage =
  (name: string): Opens =>
  async (bytes) =>
    (await loadModel({ ...page, [name]: bytes })).weights.map(({ data }) => data.slice());

const bases: readonly (readonly [string, Uint8Array, Opens])[] = [
  ["model.h5", h5, weightsOf],
  ["model.keras", fixture("mlp/model.keras"), weightsOf],
  ["model.weights.h5", fixture("mlp/model.weights.h5"), ofWeights],
  ["model.json", json, seeded],
  ["model.json of TensorFlow.js", page["model.json"], ofPage("model.json")],
  ["group1-shard1of1.bin", page["group1-shard1of1.bin"], ofPage("group1-shard1of1.bin")],
];

describe("a changed byte, or an end too early", () => {
  test.each(bases)(
    "%s",
    async (name, bytes, opens) => {
      const whole = await opens(bytes);
      const faults: string[] = [];
      const counts = { refused: 0, same: 0, other: 0, untyped: 0 };
      for (const [what, copy] of damaged(bytes, FLIPS, CUTS, SEED)) {
        const found = await outcome(copy, opens, whole);
        counts[found.kind]++;
        const wrong = found.kind === "untyped" || found.ms > SLOW;
        // checksums tell of every byte of an archive; in HDF5 and JSON a changed number is a number
        if (wrong || (found.kind === "other" && name.endsWith(".keras")))
          faults.push(`${what}: ${found.kind} ${found.code ?? ""} after ${Math.round(found.ms)} ms`);
      }
      expect(faults).toEqual([]);
      expect(counts.refused).toBeGreaterThan(CUTS - 2);
      if (FLIPS > 100) console.log(name, counts);
    },
    3_600_000,
  );
});
