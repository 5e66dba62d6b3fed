import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { build } from "../src/ir/build.ts";
import { summarize, type SummaryOptions } from "../src/ir/summary.ts";
import { optimizerParams } from "../src/load/optimizer-params.ts";
import { parsePython } from "../src/parser/python/index.ts";

interface Printed {
  readonly name: string;
  readonly snippet: string;
  /** Null where that Keras refuses the snippet. */
  readonly keras3: string | null;
  readonly keras2: string | null;
}
const CASES = JSON.parse(readFileSync("fixtures/python/both.json", "utf8")) as readonly Printed[];

function ofKeras2(snippet: string): string {
  return snippet
    .replace(/\bfrom keras\b/g, "from tf_keras")
    .replace(/^import keras$/gm, "import tf_keras as keras");
}

function summaryOf(snippet: string, keras: string | undefined): string | null {
  try {
    const read = parsePython(snippet, keras === undefined ? {} : { keras });
    const asked = Object.fromEntries(
      Object.entries(read.summary ?? {}).filter(([, value]) => value !== null),
    );
    const ir = build(read.spec);
    const size = optimizerParams({ ir, snippet: read });
    const options: SummaryOptions = { ...(size !== undefined && { optimizer_params: size }), ...asked };
    return summarize(ir, { ...(keras && { keras }), ...options }).trimEnd();
  } catch (error) {
    if ((error as Error).name !== "ModelError") throw error;
    return null;
  }
}

describe("snippets print what they print in Keras 3, and are refused as there", () => {
  test.each(CASES)("$name", ({ snippet, keras3 }) => {
    expect(summaryOf(snippet, undefined)).toBe(keras3?.trimEnd() ?? null);
  });
});

describe("snippets print what they print in tf_keras, and are refused as there", () => {
  test.each(CASES)("$name", ({ snippet, keras2 }) => {
    expect(summaryOf(ofKeras2(snippet), "2.15")).toBe(keras2?.trimEnd() ?? null);
  });
});
