import { type FileHandle, open } from "node:fs/promises";
import { ModelError } from "../diagnostics.ts";
import { DEFAULT_LIMITS, withinLimit, type Limits } from "../diagnostics/limits.ts";
import { fileError } from "./file-error.ts";

/** The bytes of a file. Throws a ModelError that names the path and what is wrong with it. */
export async function readBytes(path: string, limits: Limits = DEFAULT_LIMITS): Promise<Uint8Array> {
  const handle = await open(path, "r").catch((error: unknown) => {
    throw fileError(path, error, "read");
  });
  try {
    const info = await handle.stat();
    if (info.isDirectory()) throw fileError(path, { code: "EISDIR" }, "read");
    withinLimit(limits, "file_bytes", info.size, "The size of the file", { file: path });
    const bytes = await allOf(handle, info.size);
    withinLimit(limits, "file_bytes", bytes.length, "The size of the file", { file: path });
    if (bytes.length === 0)
      throw new ModelError({ code: "file-empty", message: "The file is empty.", at: { file: path } });
    return bytes;
  } catch (error) {
    throw error instanceof ModelError ? error : fileError(path, error, "read");
  } finally {
    await handle.close();
  }
}

/** Everything in a file, read once into one buffer where its size is told truly; pipes and the like have none. */
async function allOf(handle: FileHandle, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await handle.read(bytes, filled, size - filled);
    if (bytesRead === 0) return bytes.slice(0, filled);
    filled += bytesRead;
  }
  const rest = await handle.readFile();
  return rest.length === 0 ? bytes : Buffer.concat([bytes, rest]);
}
