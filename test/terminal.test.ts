import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { run } from "./cli-run.ts";

const NAMES = JSON.parse(readFileSync("fixtures/bundle/hostile-names.json", "utf8")) as string[];
const MORE = ["\x1b[2J\x1b]0;x\x07", "\u2066x\u2069", "\x9b31m", "\r\x1b[1A", "a\nnote: b", "a\tb"];
/** Characters that a terminal obeys, or that turn text around. */
const OBEYED = /(?![\t\n])[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const folder = mkdtempSync(join(tmpdir(), "keraunos-terminal-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const config = (name: string, more: object): string => {
  const input = { class_name: "InputLayer", config: { name: "x", batch_shape: [null, 2], dtype: "float32" } };
  const dense = { class_name: "Dense", config: { name, units: 2, ...more } };
  return JSON.stringify({ class_name: "Sequential", config: { name, layers: [input, dense] } });
};

test.each([...NAMES, ...MORE])("no output obeys the name %j", async (name) => {
  const good = put("good.json", config(name, {}));
  const bad = put("bad.json", config(name, { [name]: 1 }));
  const table = put("table.csv", `"${name.replaceAll('"', '""')}",b\n1,2\n3,x\n`);
  const commands = [
    ["summary", good],
    ["summary", good, "--json"],
    ["summary", bad],
    ["summary", bad, "--json"],
    ["check", good],
    ["check", bad],
    ["predict", good, "--x", table],
    ["predict", good, "--x", name],
    ["compile", good, "--emit", "ir"],
    ["convert", good, join(folder, "none", name)],
    ["summary", name],
    ["summary", good, "--model", name],
  ];
  for (const args of commands) {
    const { out, err } = await run(args);
    expect(out + err).not.toMatch(OBEYED);
    expect(err).not.toContain("internal:");
    if (args.includes("--json")) expect(JSON.parse(out)).toBeTypeOf("object");
  }
});

test("a name that ends its line begins no other one", async () => {
  const { out } = await run(["check", put("lines.json", config("a\nnote: b", {}))]);
  expect(out).toMatch(/^ok: a\\nnote: b \(Sequential\)[^\n]*$/);
  const { err } = await run(["check", put("lines.json", config("a\nnote: b", { unit: 1 }))]);
  expect(err).not.toMatch(/^note: b/m);
});
