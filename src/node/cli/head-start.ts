import { closeSync, openSync, readSync, statSync } from "node:fs";
import type { Spawn } from "../../formats/hdf5.ts";
import { spawnAhead, spawnThread } from "../hdf5.ts";

/** Engines for HDF5, the first of which starts at once where the command line names a file that will need one. */
export const headStart = (args: readonly string[]): Spawn =>
  args.some(needsEngine) ? spawnAhead() : spawnThread;

const SIGNATURE = "\x89HDF";

/** Whether an argument is a file that holds HDF5 data, as far as its beginning and its name tell. */
function needsEngine(path: string): boolean {
  try {
    return statSync(path).isFile() && (path.endsWith(".keras") || beginning(path) === SIGNATURE);
  } catch {
    return false;
  }
}

function beginning(path: string): string {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(SIGNATURE.length);
    return bytes.toString("latin1", 0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}
