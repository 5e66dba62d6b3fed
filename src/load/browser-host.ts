import { ModelError } from "../diagnostics.ts";
import { spawnHere } from "../formats/hdf5.ts";
import { consolePlatform } from "../runtime/platform.ts";
import { download, type Host } from "./host.ts";

/** A page or a worker: no paths, downloads by `fetch`, HDF5 in a Web Worker. */
export const browserHost: Host = {
  read: (path) => Promise.reject(noPaths(path)),
  fetch: download,
  write: (_path, bytes) => Promise.resolve(new Blob([bytes])),
  writeFolder: (path) => Promise.reject(noFolders(path)),
  spawn: async () => {
    if (typeof Worker === "undefined") return spawnHere();
    const { spawnWebWorker } = await import("../formats/hdf5-web.ts");
    const create = (): Worker =>
      new Worker(new URL("./hdf5-web-worker.js", import.meta.url), { type: "module" });
    // where the page's bundler left the worker out, the file is read in this thread
    return spawnWebWorker(create)().catch(() => spawnHere());
  },
  platform: consolePlatform,
};

const noPaths = (path: string): ModelError =>
  new ModelError({
    code: "no-paths",
    message: "Paths cannot be opened here: there is no file system.",
    at: { file: path },
    expected: "a URL, a File or Blob, bytes, or the model's text (which has a line break or begins with {)",
    received: `the path ${JSON.stringify(path)}`,
  });

const noFolders = (path: string): ModelError =>
  new ModelError({
    code: "no-paths",
    message: "A folder of files cannot be written here: there is no file system.",
    at: { file: path },
    hint: "toBytes gives the files.",
  });
