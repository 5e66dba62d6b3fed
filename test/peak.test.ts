import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadModel } from "../src/node/index.ts";

/** Bytes of weights, and what libraries and code take beside them, however many these are. */
const UNITS = 7000;
const WEIGHTS = 4 * (UNITS * UNITS + UNITS);
const BESIDE = 60e6;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "keraunos-"));
  const model = await loadModel(
    `from keras import *\nmodel = Sequential([Input((${UNITS},)), layers.Dense(${UNITS}, kernel_initializer="ones")])\n`,
  );
  await model.save(join(folder, "model.h5"));
  await model.save(join(folder, "model.keras"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(["model.h5", "model.keras"])("memory for a large %s", (name) => {
  // a busy machine collects its garbage late, which only adds: the least of three is what the work needs
  const options = { retry: 2 };
  it.each(["out.h5", "out.keras"])(
    "is a few times what its weights take, saved as %s too",
    options,
    (out) => {
      const source = join(folder, name);
      const args = ["--import", "tsx", "test/peak-child.ts", source, join(folder, out)];
      const ran = spawnSync(process.execPath, args, { encoding: "utf8" });
      const { opened, saved } = JSON.parse(ran.stdout) as { opened: number; saved: number };
      expect(opened).toBeLessThan(statSync(source).size + 1.3 * WEIGHTS + BESIDE);
      expect(saved).toBeLessThan(7 * WEIGHTS + BESIDE);
    },
  );
});

describe("bytes of a file", () => {
  it.each(["keras", "h5", "weights.h5"] as const)("fill their buffer: %s", async (format) => {
    const model = await loadModel(
      "from keras import *\nmodel = Sequential([Input((3,)), layers.Dense(2)])\n",
    );
    const bytes = await model.toBytes(format);
    expect(bytes.buffer.byteLength).toBe(bytes.length);
  });
});
