import { readdir, readlink, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";

const DAY = 24 * 3600 * 1000;
/**
 * `.model.keras.<process>-<8 hex digits of where it runs><8 random ones>.tmp`: hidden, beside the target, unlike any user's
 * file.
 */
const TEMPORARY = /^\..+\.(\d+)-([0-9a-f]{8})[0-9a-f]{8}\.tmp$/;

/** A name of its own for what will become `target`. */
export async function temporaryOf(target: string): Promise<string> {
  const random = hex(crypto.getRandomValues(new Uint32Array(1))[0]);
  const here = (await place()) ?? hex(crypto.getRandomValues(new Uint32Array(1))[0]);
  return join(dirname(target), `.${basename(target)}.${process.pid}-${here}${random}.tmp`);
}

/** Removes what earlier saves of this file left: those of processes that have ended here, and all of more than a day ago. */
export async function sweep(target: string): Promise<void> {
  const folder = dirname(target);
  const here = await place();
  for (const file of await readdir(folder)) {
    if (!file.startsWith(`.${basename(target)}.`)) continue;
    const [, id, there] = TEMPORARY.exec(file) ?? [];
    if (id === undefined) continue;
    const left = (there === here && hasEnded(Number(id))) || (await age(join(folder, file))) > DAY;
    if (left) await rm(join(folder, file), { force: true });
  }
}

const age = async (path: string): Promise<number> => Date.now() - (await stat(path)).mtimeMs;

function hasEnded(id: number): boolean {
  try {
    process.kill(id, 0);
    return false;
  } catch (error) {
    return (error as { readonly code?: unknown }).code === "ESRCH";
  }
}

/**
 * Where the numbers of processes mean what they mean here: folders are shared by machines and by containers, each of which
 * has its own. Undefined where that cannot be told.
 */
async function place(): Promise<string | undefined> {
  const space =
    process.platform === "linux" ? await readlink("/proc/self/ns/pid").catch(() => undefined) : "";
  return space === undefined ? undefined : hex(digest(`${hostname()} ${space}`));
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
/** FNV-1a. */
const digest = (text: string): number =>
  [...text].reduce((hash, c) => Math.imul(hash ^ c.charCodeAt(0), 0x01000193), 0x811c9dc5);
