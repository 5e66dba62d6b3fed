import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { codes } from "../src/diagnostics/codes.ts";
import { readCase, runCase } from "./errors-run.ts";

const FOLDER = new URL("../fixtures/errors/", import.meta.url);
const names = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".case"))
  .map((name) => name.slice(0, -5));

/** What no input brings about: a fault of our own, and the guard of what earlier stages refuse. */
const UNREACHABLE = new Set(["internal", "unsupported-dtype"]);

test("every code has a fixture, and every fixture a code", () => {
  expect(names.filter((name) => !Object.hasOwn(codes, name.replace(/\..*/, "")))).toEqual([]);
  const shown = new Set(names.map((name) => name.replace(/\..*/, "")));
  expect(Object.keys(codes).filter((code) => !shown.has(code) && !UNREACHABLE.has(code))).toEqual([]);
});

test("the table is what is documented", async () => {
  const lines = Object.entries(codes).map(([code, meaning]) => `- \`${code}\`: ${meaning}`);
  const head =
    "# Error codes\n\nEvery `ModelError` has one of these as its `code`. Written by `npm run fixtures`.";
  await expect(`${head}\n\n${lines.join("\n")}\n`).toMatchFileSnapshot("../docs/errors.md");
});

test.each(names)("%s", async (name) => {
  const { text, codes: found } = await runCase(
    readCase(readFileSync(new URL(`${name}.case`, FOLDER), "utf8")),
  );
  expect(found).toContain(name.replace(/\..*/, ""));
  await expect(`${text.trimEnd()}\n`).toMatchFileSnapshot(`../fixtures/errors/${name}.txt`);
});
