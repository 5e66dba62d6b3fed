import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { readBytes } from "../src/node/read.ts";
import { saveBytes } from "../src/node/save.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keraunos-"));
});
const bytes = (s: string): Uint8Array => new TextEncoder().encode(s);
const content = (path: string): string => readFileSync(path, "utf8");

describe("saveBytes", () => {
  it("writes a new file and replaces an old one, keeping its permissions", async () => {
    const path = join(folder, "m.keras");
    await saveBytes(path, bytes("one"));
    expect(content(path)).toBe("one");
    chmodSync(path, 0o640);
    await saveBytes(path, bytes("two"));
    expect(content(path)).toBe("two");
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(["m.keras"]);
  });

  it("follows a link instead of replacing it", async () => {
    const target = join(folder, "real.h5");
    writeFileSync(target, "old");
    symlinkSync(target, join(folder, "link.h5"));
    await saveBytes(join(folder, "link.h5"), bytes("new"));
    expect(content(target)).toBe("new");
  });

  it("names path and cause, and leaves nothing behind", async () => {
    mkdirSync(join(folder, "d"));
    await expect(saveBytes(join(folder, "d"), bytes("x"))).rejects.toMatchObject({
      code: "file-eisdir",
      message: expect.stringContaining(join(folder, "d")) as string,
    });
    await expect(saveBytes(join(folder, "no/such/m.h5"), bytes("x"))).rejects.toMatchObject({
      code: "file-enoent",
    });
    expect(readdirSync(folder)).toEqual(["d"]);
    expect(readdirSync(join(folder, "d"))).toEqual([]);
  });

  it("a full disk leaves the old file whole", async () => {
    const path = join(folder, "m.h5");
    writeFileSync(path, "old");
    async function* half(): AsyncGenerator<Uint8Array> {
      yield bytes("new, but not all of it");
      throw Object.assign(new Error("write"), { code: "ENOSPC" });
    }
    await expect(saveBytes(path, half() as unknown as Uint8Array)).rejects.toMatchObject({
      code: "file-enospc",
      message: expect.stringContaining("the disk is full") as string,
    });
    expect(content(path)).toBe("old");
    expect(readdirSync(folder)).toEqual(["m.h5"]);
  });

  it("sweeps what killed saves left a day ago, and nothing else", async () => {
    const old = ".m.h5.123-0123456789abcdef.tmp";
    const young = ".m.h5.124-0123456789abcdef.tmp";
    const other = ".other.h5.125-0123456789abcdef.tmp";
    for (const name of [old, young, other]) writeFileSync(join(folder, name), "");
    const past = Date.now() / 1000 - 2 * 86400;
    for (const name of [old, other]) utimesSync(join(folder, name), past, past);
    await saveBytes(join(folder, "m.h5"), bytes("x"));
    expect(readdirSync(folder).sort()).toEqual([young, other, "m.h5"].sort());
  });

  it("of many saves at once, one is there whole", async () => {
    const path = join(folder, "m.h5");
    const versions = Array.from({ length: 20 }, (_, i) => String(i).repeat(50_000));
    await Promise.all(versions.map((v) => saveBytes(path, bytes(v))));
    expect(versions).toContain(content(path));
    expect(readdirSync(folder)).toEqual(["m.h5"]);
  });
});

describe("readBytes", () => {
  it("reads a file", async () => {
    writeFileSync(join(folder, "f"), "abc");
    expect(new TextDecoder().decode(await readBytes(join(folder, "f")))).toBe("abc");
  });
  it("says what is wrong, and where", async () => {
    writeFileSync(join(folder, "empty"), "");
    writeFileSync(join(folder, "large"), "12345");
    const cases: [string, string][] = [
      ["missing", "file-enoent"],
      [".", "file-eisdir"],
      ["empty", "file-empty"],
      ["large/inside", "file-enotdir"],
    ];
    for (const [name, code] of cases) {
      const path = join(folder, name);
      await expect(readBytes(path), name).rejects.toMatchObject({
        code,
        message: expect.stringContaining(path) as string,
      });
    }
    const { DEFAULT_LIMITS } = await import("../src/diagnostics/limits.ts");
    const small = { ...DEFAULT_LIMITS, file_bytes: 4 };
    await expect(readBytes(join(folder, "large"), small)).rejects.toMatchObject({ code: "limit-file-bytes" });
  });
});
