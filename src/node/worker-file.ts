import { existsSync } from "node:fs";
import { readdir, rename, stat, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { makeFolder } from "./make-folder.ts";

/** Where the worker stands as seen from a bundle: beside it, or beside the folder of shared chunks. */
const PLACES = ["./hdf5-worker.js", "./node/hdf5-worker.js", "../node/hdf5-worker.js"];

/** The file of the HDF5 worker. Run from source (tests), it is bundled on the spot. */
export async function hdf5WorkerFile(): Promise<string> {
  const built = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((p) =>
    existsSync(p),
  );
  return built ?? bundle();
}

/** Into node_modules, from where the worker finds the HDF5 library; once for each state of the sources. */
async function bundle(): Promise<string> {
  const sources = fileURLToPath(new URL("../formats/", import.meta.url));
  const stamps = await Promise.all(
    (await readdir(sources)).map(async (f) => (await stat(sources + f)).mtimeMs),
  );
  const folder = fileURLToPath(new URL("../../node_modules/.cache/keraunos/", import.meta.url));
  const target = `${folder}hdf5-worker.${Math.max(...stamps)}.mjs`;
  if (existsSync(target)) return target;
  const code = await bundled(fileURLToPath(new URL("./hdf5-worker.ts", import.meta.url)));
  const draft = `${target}.${process.pid}-${crypto.randomUUID()}`;
  await makeFolder(folder);
  await writeFile(draft, code);
  await rename(draft, target);
  return target;
}

async function bundled(entry: string): Promise<Uint8Array> {
  const { build } = await import("esbuild");
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    packages: "external",
    platform: "node",
    target: "node20",
    write: false,
  });
  return result.outputFiles[0].contents;
}
