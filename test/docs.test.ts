import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

test("ARCHITECTURE.md and the lecture's example show what the stages print", () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/docs.mjs", "--check"], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
}, 120_000);
