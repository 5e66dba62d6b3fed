import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import type * as Promises from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ModelError } from "../src/diagnostics.ts";
import { saveBytes } from "../src/node/save.ts";
import { saveFolder } from "../src/node/save-folder.ts";
import { saveTfjs } from "../src/node/save-tfjs.ts";
import { temporaryOf } from "../src/node/temporary.ts";

/** What happens at a call to the file system; undefined lets it pass. */
type Fault = (call: number, name: string) => Promise<never> | undefined;
const system = vi.hoisted(() => ({ calls: 0, fault: undefined as Fault | undefined }));

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof Promises>();
  const guarded = <T extends object>(object: T): T =>
    new Proxy(object, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]): Promise<unknown> => {
          await system.fault?.(++system.calls, String(key));
          const result: unknown = await Reflect.apply(value, target, args);
          return key === "open" ? guarded(result as object) : result;
        };
      },
    });
  return guarded({ ...real });
});

let folder: string;
let target: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keraunos-"));
  target = join(folder, "model.keras");
  system.calls = 0;
});
afterEach(() => {
  system.fault = undefined;
});

const OLD = new TextEncoder().encode("the old file");
const NEW = new Uint8Array(100_000).fill(7);
const content = (path = target): string => {
  const bytes = readFileSync(path);
  return bytes.equals(OLD) ? "old" : bytes.equals(NEW) ? "new" : `${bytes.length} other bytes`;
};
const temporaries = (): string[] => readdirSync(folder).filter((name) => name.endsWith(".tmp"));

/** How many calls a save makes where nothing goes wrong. */
async function callsOfSave(): Promise<number> {
  writeFileSync(target, OLD);
  system.fault = () => undefined;
  await saveBytes(target, NEW);
  const { calls } = system;
  expect(content()).toBe("new");
  return calls;
}

/** From the n-th call on none returns, as when the process ends there; resolves when that call is reached. */
function endingAt(n: number): Promise<void> {
  system.calls = 0;
  return new Promise((resolve) => {
    system.fault = (call) => {
      if (call < n) return undefined;
      resolve();
      return new Promise(() => {});
    };
  });
}

describe("a save that fails", () => {
  for (const code of ["ENOSPC", "EACCES", "EROFS", "EIO"]) {
    it(`leaves the old file or the new one after ${code} at any call`, async () => {
      const calls = await callsOfSave();
      expect(calls).toBeGreaterThan(8);
      const seen = new Set<string>();
      for (let n = 1; n <= calls; n++) {
        writeFileSync(target, OLD);
        system.calls = 0;
        system.fault = (call) =>
          call === n ? Promise.reject(Object.assign(new Error(`${code}: no`), { code })) : undefined;
        const error: unknown = await saveBytes(target, NEW).catch((e: unknown) => e);
        if (error !== undefined) {
          expect(error).toBeInstanceOf(ModelError);
          expect(error).toMatchObject({ code: `file-${code.toLowerCase()}` });
        }
        expect(content(), `call ${n}`).toBe(error === undefined ? "new" : "old");
        expect(temporaries(), `call ${n}`).toEqual([]);
        seen.add(content());
      }
      expect([...seen].sort()).toEqual(["new", "old"]);
    });
  }

  it("leaves no file where there was none", async () => {
    const calls = await callsOfSave();
    for (let n = 1; n <= calls; n++) {
      const path = join(folder, `fresh-${n}.h5`);
      system.calls = 0;
      system.fault = (call) =>
        call === n ? Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" })) : undefined;
      const failed = await saveBytes(path, NEW).then(
        () => false,
        () => true,
      );
      expect(readdirSync(folder).includes(`fresh-${n}.h5`), `call ${n}`).toBe(!failed);
      expect(temporaries()).toEqual([]);
    }
  });

  it("leaves the old file or the new one when the process ends at any call", async () => {
    const calls = await callsOfSave();
    const seen: string[] = [];
    for (let n = 1; n <= calls; n++) {
      writeFileSync(target, OLD);
      const ended = endingAt(n);
      void saveBytes(target, NEW);
      await ended;
      seen.push(content());
    }
    expect(seen.every((state) => state === "old" || state === "new")).toBe(true);
    expect(seen.indexOf("new")).toBeGreaterThan(seen.lastIndexOf("old"));
  });

  it("sweeps what ended saves of the same file left a day ago, and nothing else", async () => {
    const day = 24 * 3600;
    const left = (name: string, age: number): void => {
      writeFileSync(join(folder, name), "x");
      utimesSync(join(folder, name), Date.now() / 1000 - age, Date.now() / 1000 - age);
    };
    left(".model.keras.12-0123456789abcdef.tmp", day + 60);
    left(".model.keras.13-0123456789abcdef.tmp", 60);
    left(".other.keras.14-0123456789abcdef.tmp", day + 60);
    left(".model.keras.notes.tmp", day + 60);
    await saveBytes(target, NEW);
    expect(readdirSync(folder).sort()).toEqual([
      ".model.keras.13-0123456789abcdef.tmp",
      ".model.keras.notes.tmp",
      ".other.keras.14-0123456789abcdef.tmp",
      "model.keras",
    ]);
  });

  it("sweeps at once what processes of this machine left that are no more", async () => {
    const ended = String(spawnSync(process.execPath, ["-e", ""]).pid);
    const own = await temporaryOf(target);
    const by = (id: string): string => own.replace(`.${process.pid}-`, `.${id}-`);
    const elsewhere = by(ended).replace(/-[0-9a-f]{8}/, "-00000000");
    for (const path of [own, by(ended), elsewhere]) writeFileSync(path, "x");
    await saveBytes(target, NEW);
    expect(readdirSync(folder).sort()).toEqual([basename(elsewhere), basename(own), "model.keras"].sort());
  });

  it("takes back the files of a folder that it made", async () => {
    const files = new Map([
      ["a.bin", NEW],
      ["model.json", OLD],
    ]);
    system.fault = (_call, name) =>
      name === "rename" && readdirSync(join(folder, "tfjs")).includes("a.bin")
        ? Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" }))
        : undefined;
    await expect(saveFolder(join(folder, "tfjs"), files)).rejects.toMatchObject({ code: "file-enospc" });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("a model of TensorFlow.js saved over another", () => {
  /** Two shards and the file that names them. */
  const model = (fill: number): Map<string, Uint8Array> => {
    const paths = ["group1-shard1of2.bin", "group1-shard2of2.bin"];
    const index = JSON.stringify({ weightsManifest: [{ paths, weights: [] }] });
    const shards = paths.map((name, k) => [name, new Uint8Array(5000 - k).fill(fill)] as const);
    return new Map([...shards, ["model.json", new TextEncoder().encode(index)]]);
  };
  const index = (): { weightsManifest: [{ paths: string[] }] } =>
    JSON.parse(readFileSync(join(folder, "model.json"), "utf8")) as never;
  /** What every byte of the weights is that somebody reads who comes now. */
  const weights = (): number[] => {
    const bytes = index().weightsManifest[0].paths.map((name) => readFileSync(join(folder, name)));
    expect(bytes.map(({ length }) => length)).toEqual([5000, 4999]);
    return [...new Set(Buffer.concat(bytes))];
  };
  const calls = async (): Promise<number> => {
    await saveTfjs(folder, model(1));
    system.calls = 0;
    system.fault = () => undefined;
    await saveTfjs(folder, model(2));
    system.fault = undefined;
    expect(weights()).toEqual([2]);
    return system.calls;
  };

  it("leaves the old one or the new one, and no other file, after an error at any call", async () => {
    const count = await calls();
    const seen = new Set<number>();
    for (let n = 1; n <= count; n++) {
      await saveTfjs(folder, model(1));
      writeFileSync(join(folder, "notes.txt"), "mine");
      system.calls = 0;
      system.fault = (call) =>
        call === n ? Promise.reject(Object.assign(new Error("full"), { code: "ENOSPC" })) : undefined;
      const failed = await saveTfjs(folder, model(2)).then(
        () => false,
        () => true,
      );
      system.fault = undefined;
      expect(weights(), `call ${n}`).toEqual([failed ? 1 : 2]);
      const others = readdirSync(folder).filter((name) => !/^group1-/.test(name));
      expect(others).toEqual(["model.json", "notes.txt"]);
      if (failed)
        expect(readdirSync(folder).length, `call ${n}`).toBe(2 + index().weightsManifest[0].paths.length);
      seen.add(weights()[0]);
    }
    expect([...seen].sort()).toEqual([1, 2]);
  });

  it("leaves the old one or the new one when the process ends at any call", async () => {
    const count = await calls();
    const seen: number[][] = [];
    for (let n = 1; n <= count; n++) {
      folder = mkdtempSync(join(tmpdir(), "keraunos-"));
      await saveTfjs(folder, model(1));
      const ended = endingAt(n);
      void saveTfjs(folder, model(2));
      await ended;
      system.fault = undefined;
      seen.push(weights());
    }
    expect(new Set(seen.map(String))).toEqual(new Set(["1", "2"]));
  });

  it("removes the shards of the old one, and nothing that the old one only says are its shards", async () => {
    for (const fill of [1, 2, 3, 3]) await saveTfjs(folder, model(fill));
    expect(readdirSync(folder).sort()).toEqual([...index().weightsManifest[0].paths, "model.json"].sort());
    const paths = ["notes.txt", "../notes.txt", "group1-shard1of2.bin/../notes.txt"];
    writeFileSync(join(folder, "notes.txt"), "mine");
    writeFileSync(join(folder, "model.json"), JSON.stringify({ weightsManifest: [{ paths }] }));
    await saveTfjs(folder, model(4));
    expect(readdirSync(folder)).toContain("notes.txt");
    expect(weights()).toEqual([4]);
  });
});

/** A process that saves without end. */
async function saver(fill: number, size: number): Promise<{ kill: () => Promise<void> }> {
  const args = ["--import", "tsx", "test/save-child.ts", target, String(fill), String(size)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return { kill: () => (child.kill("SIGKILL"), closed) };
}

/** Kills of savers, one after the other; KERAUNOS_KILLS raises their number. */
const KILLS = Number(process.env.KERAUNOS_KILLS ?? 4);
const SIZE = 1_000_000;
/** The byte that a whole file is made of. */
function whole(): { fill: number; size: number } {
  const bytes = readFileSync(target);
  expect(bytes.equals(Buffer.alloc(bytes.length, bytes[0]))).toBe(true);
  return { fill: bytes[0], size: bytes.length };
}

describe("savers that are killed", () => {
  it("leave a whole file", { timeout: 30_000 + 4000 * KILLS }, async () => {
    writeFileSync(target, Buffer.alloc(SIZE, 1));
    for (let k = 0; k < KILLS; k++) {
      const fill = 2 + (k % 200);
      const child = await saver(fill, SIZE + (k % 200));
      await sleep(Math.random() * 40);
      await child.kill();
      const found = whole();
      expect(found.size).toBe(found.fill === 1 ? SIZE : SIZE + found.fill - 2);
    }
  });

  it("that save one file at once leave the file of one of them", { timeout: 30_000 }, async () => {
    const savers = await Promise.all([saver(1, SIZE), saver(2, SIZE + 1)]);
    for (let k = 0; k < 20; k++) {
      await sleep(10);
      const { fill, size } = whole();
      expect(size).toBe(SIZE - 1 + fill);
    }
    await Promise.all(savers.map((child) => child.kill()));
  });
});
