import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { routines } from "../src/codegen/routines/index.ts";
import { uniformBetween } from "../src/ir/random/draws.ts";
import { wasmUniform } from "../src/runtime/wasm-uniform.ts";
import { at, buffer, instantiatePlan, num, plan, store } from "./wasm/make.ts";

type Draw = (f: Float32Array, u: Uint32Array, seedAt: number, outAt: number, count: number) => void;

const source = ts.transpileModule(routines.uniform.ts, {
  compilerOptions: { target: ts.ScriptTarget.ES2022 },
});
const inScript = runInThisContext(`${source.outputText}; uniform`) as Draw;

/** Draws `count` numbers in WebAssembly and in TypeScript; both must be the same, and leave the same seed behind. */
function draw(
  seed: number,
  drawn: number,
  count: number,
): { readonly values: Float32Array; readonly seed: number[] } {
  const [state, out] = [buffer("state", 2), buffer("out", count + 4)];
  const body = [
    store(out, at(count), num(7), "one"),
    { kind: "call", routine: "uniform", seed: state, out, count } as const,
  ];
  const { memory, exports } = instantiatePlan(plan([state, out], body));
  const words = new Uint32Array(memory.buffer);
  words.set([seed, drawn]);
  const expected = memory.slice();
  expected[2 + count] = 7;
  exports.run(1);
  inScript(expected, new Uint32Array(expected.buffer), 0, 2, count);
  expect(Buffer.from(memory.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
  return { values: memory.slice(2, 2 + count), seed: [...words.subarray(0, 2)] };
}

interface Fixture {
  readonly kind: string;
  readonly seed: number;
  readonly count: number;
  readonly args: readonly number[];
  readonly values?: readonly number[];
  readonly sha256?: string;
}
const { draws } = JSON.parse(readFileSync("fixtures/random/draws.json", "utf8")) as {
  draws: readonly Fixture[];
};
const plain = draws.filter(
  (d) => d.kind === "uniform" && d.args.join() === "0,1" && d.seed < 2 ** 31 - 2 && d.seed >= 0,
);

describe("the uniform routine", () => {
  it.each(plain.map((d) => [d.seed, d.count, d] as const))(
    "draws Keras's numbers: seed %d, %d of them",
    (seed, count, d) => {
      const { values } = draw(seed, 0, count);
      if (d.values) expect([...values]).toEqual(d.values);
      else expect(createHash("sha256").update(new Uint8Array(values.buffer)).digest("hex")).toBe(d.sha256);
    },
  );
  it("has fixtures to be judged by", () => expect(plain.length).toBeGreaterThan(5));

  it("draws other numbers the next time, and counts", () => {
    const [first, second] = [draw(11, 0, 9), draw(11, 1, 9)];
    expect(first.seed).toEqual([11, 1]);
    expect(second.seed).toEqual([11, 2]);
    expect(first.values).not.toEqual(second.values);
  });

  it("counts a draw of nothing", () => expect(draw(5, 4294967295, 0).seed).toEqual([5, 0]));
  it("writes no element beyond the last", () => {
    for (const count of [1, 2, 3, 4, 5, 7]) expect(draw(3, 0, count).values).toHaveLength(count);
  });
});

describe("many numbers for initial weights", () => {
  const uniform = wasmUniform();
  const same = (x: Float32Array, y: Float32Array): boolean => bytes(x).equals(bytes(y));
  it.each([9999, 8193, 8194, 8195, 8196, 100000, 20001, 7])("are drawn as few are: %d of them", (count) => {
    for (const [low, high] of [
      [-0.0743, 0.0743],
      [0, 1],
      [-1e-30, 1e38],
      [3, -2],
    ])
      for (const seed of [0, 77, 2 ** 31 - 2, -5, 2 ** 40 + 1])
        expect(same(uniform(count, low, high, [seed, 3]), uniformBetween(count, low, high, [seed, 3]))).toBe(
          true,
        );
  });
  it("outlive the next draw", () => {
    const first = uniform(9000, 0, 1, [1, 0]);
    const held = first.slice();
    uniform(9000, 0, 1, [2, 0]);
    expect(same(first, held)).toBe(true);
  });
});

const bytes = ({ buffer }: Float32Array): Buffer => Buffer.from(buffer);
