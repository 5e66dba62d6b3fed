import { expect, test } from "vitest";
import { Builder } from "../src/ir/builder.ts";
import type { Node, Variable } from "../src/ir/graph.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import type { Session } from "../src/runtime/session.ts";
import { wasmSession } from "../src/runtime/wasm-session.ts";
import { graphOf } from "./graphs.ts";
import { scriptSession } from "./script-session.ts";

const kernel: Variable = { kind: "weight", name: "kernel", shape: [3] };

function doubled() {
  const b = new Builder(true);
  return graphOf(b, { y: b.mul(2, b.variable(kernel) as unknown as Node) });
}

/** A content that counts how often it is computed. */
function counted(values: readonly number[]) {
  const made = { times: 0 };
  const content = (): readonly number[] => {
    made.times++;
    return values;
  };
  return { made, content };
}

test.each([
  ["wasm", wasmSession],
  ["interpret", interpretSession],
  ["script", () => scriptSession()],
] as const)("contents put off (%s)", (_, session: () => Session) => {
  const s = session();
  const { made, content } = counted([1, 2, 3]);
  s.put(kernel, content);
  expect(made.times, "before anybody looks").toBe(0);
  expect([...s.view(kernel)]).toEqual([1, 2, 3]);
  s.view(kernel)[0] = 9;
  expect([...s.view(kernel)], "what was written over it stays").toEqual([9, 2, 3]);
  expect(made.times).toBe(1);

  s.put(kernel, content);
  s.put(kernel, [4, 5, 6]);
  expect([...s.view(kernel)]).toEqual([4, 5, 6]);
  expect(made.times, "what is replaced is never computed").toBe(1);

  s.put(kernel, content);
  const run = s.prepare(doubled(), 1);
  run.run(1);
  expect([...run.result("y")], "a program has it computed").toEqual([2, 4, 6]);
});
