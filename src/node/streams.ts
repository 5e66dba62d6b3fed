import { constants, write } from "node:fs";
import { access, open, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** What takes bytes and holds none: a named pipe or a device by its path, or an open file of this process by its number. */
export type Stream = string | number;

const STANDARD = new Map([
  ["/dev/stdout", 1],
  ["/dev/stderr", 2],
]);
const NUMBERED = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/;

/** The stream at a path, links followed; undefined of a file, of a folder, and of nothing. Throws of a disk. */
export async function streamAt(path: string): Promise<Stream | undefined> {
  const place = resolve(path);
  const number = STANDARD.get(place) ?? NUMBERED.exec(place)?.[1];
  if (number !== undefined && process.platform !== "win32") return Number(number);
  const there = await ifThere(stat(path));
  if (there?.isBlockDevice() || there?.isSocket())
    throw new Error(`it is a ${there.isSocket() ? "socket" : "disk"}, not a file`);
  return there?.isFIFO() || there?.isCharacterDevice() ? path : undefined;
}

/** Throws where the stream takes no bytes. A pipe is not opened: whoever reads it would see its end. */
export async function checkStream(stream: Stream): Promise<void> {
  if (typeof stream === "string") await access(stream, constants.W_OK);
}

/** Writes bytes into a stream; what is there stays what it is. */
export async function writeInto(stream: Stream, bytes: Uint8Array): Promise<void> {
  if (typeof stream === "number") return writeAll(stream, bytes);
  const handle = await open(stream, constants.O_WRONLY);
  try {
    await writeAll(handle.fd, bytes);
  } finally {
    await handle.close();
  }
}

/** The result; undefined where there is no such file. */
export const ifThere = <T>(work: Promise<T>): Promise<T | undefined> =>
  work.catch((error: unknown) => {
    if ((error as { readonly code?: unknown }).code !== "ENOENT") throw error;
    return undefined;
  });

const writeSome = promisify(write);

async function writeAll(fd: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    try {
      at += (await writeSome(fd, bytes, at)).bytesWritten;
    } catch (error) {
      // full for now: its reader is slower
      if ((error as { readonly code?: unknown }).code !== "EAGAIN") throw error;
      await sleep(5);
    }
  }
}
