import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { activate } from "../src/ir/activate.ts";
import { Builder } from "../src/ir/builder.ts";
import { activationTable } from "../src/ir/fields/activation.ts";
import type { Node } from "../src/ir/graph.ts";
import { programOf } from "../src/ir/program.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import type { Session } from "../src/runtime/session.ts";
import { wasmSession } from "../src/runtime/wasm-session.ts";
import { scriptSession } from "./script-session.ts";

type Text = number | "NaN" | "Infinity" | "-Infinity";
interface Edges {
  readonly edges: readonly Text[];
  readonly rows: readonly Text[];
  readonly width: number;
  readonly cases: Readonly<Record<string, { readonly along_axis: boolean; readonly y: readonly Text[] }>>;
}
const { edges, rows, width, cases } = JSON.parse(
  readFileSync("fixtures/ir-numbers/activation-edges.json", "utf8"),
) as Edges;

const engines: Readonly<Record<string, () => Session>> = {
  interpreter: interpretSession,
  TypeScript: () => scriptSession(1 << 16),
  WebAssembly: wasmSession,
};

function computed(session: Session, name: string, x: readonly number[], columns: number): Float32Array {
  const b = new Builder(false);
  const y = activate(b, b.input("x", ["n", columns]) as unknown as Node, name);
  const n = x.length / columns;
  const run = session.prepare(programOf(b, new Map([["y", y]])), n);
  run.input("x").set(x);
  run.run(n);
  return run.result("y").slice();
}

/** TensorFlow takes the smallest numbers for 0. */
const TINY = 1e-36;
/** What float32 cannot hold: generated JavaScript computes in doubles and is nearer to the truth than Keras. */
const beyond = (name: string, engine: string): boolean => name === "squareplus" && engine === "TypeScript";

describe.each(Object.keys(engines))("activations where numbers end, on the %s", (engine) => {
  test.each(Object.keys(cases))("%s is Keras's", (name) => {
    const { along_axis, y } = cases[name];
    const x = (along_axis ? rows : edges).map(Number);
    const columns = along_axis ? width : 1;
    const got = computed(engines[engine](), name, x, columns);
    expect(got.length).toBe(y.length);
    const row = y.length / (x.length / columns);
    const wrong = y.flatMap((text, k) => {
      const wanted = Number(text);
      const given = x.slice(Math.floor(k / row) * columns, (Math.floor(k / row) + 1) * columns);
      // TensorFlow's sort puts NaN now first, now last
      if (name === "sparsemax" && given.some(Number.isNaN) && !Number.isNaN(wanted)) return [];
      const scale = Math.abs(beyond(name, engine) && Number.isFinite(wanted) ? given[0] : wanted);
      if (beyond(name, engine) && Number.isFinite(given[0]) && wanted === Infinity) return [];
      const right = Object.is(got[k], wanted) || Math.abs(got[k] - wanted) <= 2e-6 * scale + TINY;
      return right ? [] : [`${name}(${given.join(", ")}): ${got[k]} instead of ${wanted}`];
    });
    expect(wrong).toEqual([]);
  });
});

test("all activations of Keras 3 that can be named are compared", () => {
  const defs = new Set([...activationTable.values()].filter((def) => def.keras2 === undefined));
  const named = [...defs].map((def) => def.name);
  expect(named.filter((name) => !Object.hasOwn(cases, name))).toEqual(["threshold"]);
});
