import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileError } from "./file-error.ts";

/**
 * Makes a folder and those above it; a ModelError names the one that cannot be made, and why. Node's own `recursive`
 * never returns where the system lets nobody make folders, as below /proc.
 */
export async function makeFolder(path: string): Promise<void> {
  const folder = resolve(path);
  if (await isFolder(folder)) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder));
  try {
    await mkdir(folder);
  } catch (error) {
    // another process may have made it meanwhile
    if (!(await isFolder(folder))) throw fileError(folder, notFolder(error), "write");
  }
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true;

/** What exists already is something else than a folder. */
const notFolder = (error: unknown): unknown =>
  (error as { readonly code?: unknown }).code === "EEXIST" ? { code: "ENOTDIR" } : error;
