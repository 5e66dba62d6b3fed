import { appendFile, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Spawn } from "../formats/hdf5.ts";
import { download, type Host } from "../load/host.ts";
import type { Platform } from "../runtime/platform.ts";
import { fileError } from "./file-error.ts";
import { readBytes } from "./read.ts";
import { saveBytes } from "./save.ts";
import { saveTfjs } from "./save-tfjs.ts";

/** HDF5 in worker threads, loaded when the first file is met. */
const threads: Spawn = async () => (await import("./hdf5.ts")).spawnThread();

/** Where Node writes: text to one of its streams. */
type Stream = Pick<NodeJS.WriteStream, "write" | "isTTY">;

/** Node: files, whole or not at all; progress to a stream, drawn over where it is a terminal. */
export const nodeHost = (stream: () => Stream = () => process.stdout, spawn: Spawn = threads): Host => ({
  read: readBytes,
  fetch: (url, limits) =>
    url.protocol === "file:" ? readBytes(fileURLToPath(url), limits) : download(url, limits),
  write: (path, bytes) => saveBytes(path, bytes).then(() => undefined),
  writeFolder: (path, files) => saveTfjs(path, files).then(() => undefined),
  source_date_epoch: () => process.env.SOURCE_DATE_EPOCH,
  spawn,
  platform: () => nodePlatform(stream),
});

/** The stream is asked for when something is written: Node takes milliseconds to open its own. */
function nodePlatform(stream: () => Stream): Omit<Platform, "save"> {
  return {
    write: (text) => void stream().write(text),
    get terminal() {
      return stream().isTTY === true;
    },
    writeText: async (path, text, append) => {
      if (!append) return saveBytes(path, new TextEncoder().encode(text));
      await appendFile(path, text).catch((error: unknown) => {
        throw fileError(path, error, "write");
      });
    },
    hasText: async (path) => (await readFile(path, "utf8").catch(() => "")) !== "",
  };
}
