import { open, realpath, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { fileError } from "./file-error.ts";
import { checkStream, ifThere, streamAt, writeInto } from "./streams.ts";
import { sweep, temporaryOf } from "./temporary.ts";

/**
 * Writes a file whole or not at all: after a crash or an error the path holds the old content or the new one.
 * An existing file keeps its permissions; a link is followed; into a pipe or a device the bytes are written, as into any
 * stream. Throws a ModelError with path and cause.
 */
export async function saveBytes(path: string, bytes: Uint8Array): Promise<void> {
  let temporary: string | undefined;
  try {
    const stream = await streamAt(path);
    if (stream) return await writeInto(stream, bytes);
    const { target, mode } = await targetOf(path);
    temporary = await temporaryOf(target);
    await writeNew(temporary, bytes, mode);
    await rename(temporary, target);
    temporary = undefined;
    // the file is there; what fails from here on takes nothing from it
    await syncFolder(dirname(target)).catch(() => undefined);
    await sweep(target).catch(() => undefined);
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true }).catch(() => undefined);
    throw fileError(path, error, "write");
  }
}

/** Throws what `saveBytes` would, as far as it shows before there are bytes to save. */
export async function checkWritable(path: string): Promise<void> {
  let probe: string | undefined;
  try {
    const stream = await streamAt(path);
    if (stream) return await checkStream(stream);
    const { target } = await targetOf(path);
    probe = await temporaryOf(target);
    await writeNew(probe, new Uint8Array(), undefined);
  } catch (error) {
    throw fileError(path, error, "write");
  } finally {
    if (probe !== undefined) await rm(probe, { force: true }).catch(() => undefined);
  }
}

/** Where a path leads, and the permissions of what is there: a link is followed, a folder refused. */
async function targetOf(path: string): Promise<{ readonly target: string; readonly mode?: number }> {
  const target = (await ifThere(realpath(path))) ?? path;
  const old = await ifThere(stat(target));
  if (old?.isDirectory()) throw Object.assign(new Error("it is a folder"), { code: "EISDIR" });
  return { target, ...(old && { mode: old.mode }) };
}

async function writeNew(path: string, bytes: Uint8Array, mode: number | undefined): Promise<void> {
  await using(await open(path, "wx"), async (handle) => {
    await handle.writeFile(bytes);
    if (mode !== undefined) await handle.chmod(mode & 0o7777);
    await handle.sync();
  });
}

/** So that the new name survives a power loss, too; not every system lets one do that. */
async function syncFolder(folder: string): Promise<void> {
  await using(await open(folder, "r"), (handle) => handle.sync());
}

async function using(handle: FileHandle, work: (handle: FileHandle) => Promise<unknown>): Promise<void> {
  try {
    await work(handle);
  } finally {
    await handle.close();
  }
}
