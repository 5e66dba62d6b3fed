import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  closeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { beforeAll, describe, expect, test } from "vitest";

const BYTES = 300_000;
const folder = mkdtempSync(join(tmpdir(), "keraunos-streams-"));
const program = join(folder, "save.mjs");
/** Saves as many bytes as a pipe does not hold at once to a path, after checking it. */
const code = `import { checkWritable, saveBytes } from ${JSON.stringify(join(process.cwd(), "src/node/save.ts"))};
const [path] = process.argv.slice(2);
await checkWritable(path);
await saveBytes(path, new Uint8Array(${BYTES}).fill(7));
`;

beforeAll(async () => {
  const stdin = { contents: code, resolveDir: process.cwd(), loader: "js" } as const;
  await build({ stdin, outfile: program, bundle: true, platform: "node", format: "esm" });
});

const isWhole = (bytes: Buffer, from = 0): boolean =>
  bytes.length === from + BYTES && bytes.subarray(from).every((byte) => byte === 7);

describe.runIf(process.platform !== "win32")("bytes go into a stream, which stays what it is", () => {
  test.each(["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])("%s", (path) => {
    const there = lstatSync("/dev/stdout").ino;
    // a pipe of the shell: Node gives its children sockets
    const piped = execFileSync("sh", ["-c", `${process.execPath} ${program} ${path} | cat`], {
      maxBuffer: 2 * BYTES,
    });
    expect(isWhole(piped)).toBe(true);
    const { stdout } = spawnSync(process.execPath, [program, path], { maxBuffer: 2 * BYTES });
    expect(isWhole(stdout)).toBe(true);
    expect(lstatSync("/dev/stdout").ino).toBe(there);
  });

  test("a file that standard output goes to is written on, not replaced", () => {
    const file = join(folder, "out.bin");
    writeFileSync(file, "");
    const fd = openSync(file, "a");
    const before = lstatSync(file).ino;
    execFileSync("sh", ["-c", `echo head; ${process.execPath} ${program} /dev/stdout`], {
      stdio: ["ignore", fd, "inherit"],
    });
    closeSync(fd);
    expect(lstatSync(file).ino).toBe(before);
    expect(isWhole(readFileSync(file), "head\n".length)).toBe(true);
  });

  test("a named pipe", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const child = spawn(process.execPath, [program, pipe], { stdio: "inherit" });
    const read = execFileSync("cat", [pipe], { maxBuffer: 2 * BYTES });
    const ended = await new Promise((resolve) => child.on("exit", resolve));
    expect(ended).toBe(0);
    expect(isWhole(read)).toBe(true);
    expect(lstatSync(pipe).isFIFO()).toBe(true);
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});
