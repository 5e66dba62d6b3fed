import { open } from "node:fs/promises";
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
    const bytes = await handle.readFile();
    withinLimit(limits, "file_bytes", bytes.length, "The size of the file", { file: path });
    if (bytes.length === 0)
      throw new ModelError({ code: "file-empty", message: "The file is empty.", at: { file: path } });
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (error) {
    throw error instanceof ModelError ? error : fileError(path, error, "read");
  } finally {
    await handle.close();
  }
}
