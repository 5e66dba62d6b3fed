import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { build } from "../src/ir/build.ts";
import { summarize } from "../src/ir/summary.ts";
import { parsePython } from "../src/parser/python/index.ts";

interface Snippet {
  readonly name: string;
  readonly keras: string;
  readonly source: string;
  readonly summary: string;
}
const SNIPPETS = JSON.parse(readFileSync("fixtures/operations/snippets.json", "utf8")) as readonly Snippet[];

describe("operations and masks in snippets, as Keras shows them", () => {
  test.each(SNIPPETS.map((one) => [`${one.name} in Keras ${one.keras}`, one] as const))("%s", (_, one) => {
    const model = build(parsePython(one.source).spec);
    expect(summarize(model, { keras: one.keras, columns: 80 })).toBe(one.summary);
  });
});
