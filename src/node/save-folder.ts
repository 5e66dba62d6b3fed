import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, removeFolders } from "./make-folder.ts";
import { saveBytes } from "./save.ts";

/**
 * Files into a folder, in their order. Every file is whole or absent. The folder is made where it is missing; where writing
 * fails, files and folders that were not there before are removed again.
 */
export async function saveFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const made = await makeFolder(folder);
  const fresh: string[] = [];
  try {
    for (const [name, bytes] of files) {
      const path = join(folder, name);
      const before = await stat(path).catch(() => undefined);
      await saveBytes(path, bytes);
      if (!before) fresh.push(path);
    }
  } catch (error) {
    for (const path of fresh) await rm(path, { force: true }).catch(() => undefined);
    if (made !== undefined) await removeFolders(folder, made);
    throw error;
  }
}
