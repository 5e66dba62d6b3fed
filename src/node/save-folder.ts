import { rm } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder, removeFolders } from "./make-folder.ts";
import { saveBytes } from "./save.ts";

/** Files into a folder, in their order. Every file is whole or absent; the folder is made where it is missing, and removed again where writing fails. */
export async function saveFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const made = await makeFolder(folder);
  const written: string[] = [];
  try {
    for (const [name, bytes] of files) {
      await saveBytes(join(folder, name), bytes);
      written.push(join(folder, name));
    }
  } catch (error) {
    if (made !== undefined) {
      for (const path of written) await rm(path, { force: true });
      await removeFolders(folder, made);
    }
    throw error;
  }
}
