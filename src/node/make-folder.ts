import { mkdir, rmdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileError } from "./file-error.ts";

/**
 * Makes a folder and those above it; a ModelError names the one that cannot be made, and why. Node's own `recursive`
 * never returns where the system lets nobody make folders, as below /proc. Returns the outermost one that it made.
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  const folder = resolve(path);
  if (await isFolder(folder)) return undefined;
  const above = dirname(folder) === folder ? undefined : await makeFolder(dirname(folder));
  try {
    await mkdir(folder);
    return above ?? folder;
  } catch (error) {
    // another process may have made it meanwhile
    if (await isFolder(folder)) return above;
    if (above !== undefined) await removeFolders(dirname(folder), above);
    throw fileError(folder, notFolder(error), "write");
  }
}

/** Takes back what `makeFolder` made, from the innermost folder to the outermost, as far as they are empty. */
export async function removeFolders(path: string, outermost: string): Promise<void> {
  for (let folder = resolve(path); folder.startsWith(outermost); folder = dirname(folder)) {
    if (
      !(await rmdir(folder).then(
        () => true,
        () => false,
      ))
    )
      return;
  }
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true;

/** What exists already is something else than a folder. */
const notFolder = (error: unknown): unknown =>
  (error as { readonly code?: unknown }).code === "EEXIST" ? { code: "ENOTDIR" } : error;
