import { describe, expect, test } from "vitest";
import { Input, layers, Sequential, toSpec } from "../src/builders.ts";
import { build } from "../src/ir/build.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import { createModel } from "../src/runtime/model.ts";
import type { Session } from "../src/runtime/session.ts";
import { wasmSession } from "../src/runtime/wasm-session.ts";
import { apart } from "./apart.ts";
import { scriptSession } from "./script-session.ts";

const [STEPS, WIDTH] = [9, 5];

/** Rows whose first or last steps are padding; what is left counts. */
function padded(counts: readonly (readonly [from: number, to: number])[]): Float32Array {
  const inside = (row: number, time: number): boolean => counts[row][0] <= time && time < counts[row][1];
  const value = (k: number): number => {
    const [row, time] = [Math.floor(k / (STEPS * WIDTH)), Math.floor(k / WIDTH) % STEPS];
    return inside(row, time) ? Math.sin(1.7 * k + 1) : 0;
  };
  return Float32Array.from({ length: counts.length * STEPS * WIDTH }, (_, k) => value(k));
}

const BATCHES = {
  "one row, padded behind": [[0, 4]],
  "one row, padded on both sides": [[2, 7]],
  "nothing but padding": [
    [0, 0],
    [3, 3],
  ],
  "rows of unequal lengths": [
    [0, 6],
    [1, 3],
    [4, 5],
  ],
  "one row without padding": [
    [0, 2],
    [0, 9],
  ],
} as const;

const NETS = {
  gru: () => layers.GRU({ units: 7 }),
  "gru, every step": () => layers.GRU({ units: 4, return_sequences: true, reset_after: false }),
  "lstm, zeros where masked": () =>
    layers.LSTM({ units: 3, return_sequences: true, zero_output_for_mask: true }),
  "lstm, backwards": () => layers.LSTM({ units: 20, go_backwards: true }),
  "simple, both ways": () => layers.Bidirectional({ layer: layers.SimpleRNN({ units: 6 }) }),
  "gru, both ways, every step": () =>
    layers.Bidirectional({ layer: layers.GRU({ units: 8, return_sequences: true }), merge_mode: "sum" }),
};

function predicted(
  session: Session,
  net: () => ReturnType<typeof layers.GRU>,
  x: Float32Array,
): Float32Array {
  const stack = [Input({ shape: [STEPS, WIDTH] }), layers.Masking(), net()];
  const model = createModel({ ir: build(toSpec(Sequential(stack)).spec, { seed: 3 }), session, seed: 3 });
  const y = model.predict({ shape: [x.length / STEPS / WIDTH, STEPS, WIDTH], dtype: "float32", data: x });
  return (y as { data: Float32Array }).data;
}

describe("steps that count for no row leave what was known before", () => {
  for (const [name, net] of Object.entries(NETS))
    test.for(Object.entries(BATCHES))(`${name}: %s`, ([, counts]) => {
      const x = padded(counts);
      const want = predicted(interpretSession(), net, x);
      for (const session of [scriptSession(), wasmSession(), wasmSession({ fma: false, winograd: 0 })])
        expect(apart(predicted(session, net, x), want)).toBeLessThan(1e-6);
    });

  test("what lies in memory from another call does not come back", () => {
    const session = wasmSession();
    const stack = [Input({ shape: [STEPS, WIDTH] }), layers.Masking(), layers.GRU({ units: 7 })];
    const model = createModel({ ir: build(toSpec(Sequential(stack)).spec, { seed: 3 }), session, seed: 3 });
    const run = (counts: readonly (readonly [number, number])[]): Float32Array => {
      const tensor = { shape: [1, STEPS, WIDTH], dtype: "float32" as const, data: padded(counts) };
      return (model.predict(tensor) as { data: Float32Array }).data;
    };
    run([[0, 9]]);
    expect([...run([[0, 0]])]).toEqual(new Array(7).fill(0));
  });
});
