import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { build } from "../src/ir/build.ts";
import { summarize, type SummaryOptions } from "../src/ir/summary.ts";
import { parsePython } from "../src/parser/python/index.ts";

/** What real Keras prints of the same snippets: fixtures/python-summaries.py. */
const expected = JSON.parse(readFileSync("fixtures/python/summaries.json", "utf8")) as Record<
  string,
  { readonly keras: string; readonly text: string }
>;
const names = readdirSync("fixtures/python/summaries").map((name) => name.replace(/\.py$/, ""));

describe("a snippet prints what it prints in Keras", () => {
  it("has enough snippets", () => expect(names.length).toBeGreaterThanOrEqual(60));
  it.each(names)("%s", (name) => {
    const { keras } = expected[name];
    const source = readFileSync(`fixtures/python/summaries/${name}.py`, "utf8");
    const { spec, shown = spec, seed, summary } = parsePython(source, { keras });
    const options = { ...summary, keras } as SummaryOptions;
    const text = summarize(build(shown, seed === undefined ? {} : { seed }), options);
    expect(text.trimEnd()).toBe(expected[name].text.trimEnd());
  });
});
