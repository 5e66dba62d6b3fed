import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { hashedName, shardNames, withShardNames } from "../formats/tfjs/shard-names.ts";
import { saveFolder } from "./save-folder.ts";

const INDEX = "model.json";

/**
 * A model of TensorFlow.js into a folder: whoever reads it at any time, even after a crash, finds the old model or the new
 * one. `model.json` goes last and names shards that no old file is overwritten by; then the old model's own are removed.
 */
export async function saveTfjs(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const old = shardNames(await readFile(join(folder, INDEX), "utf8").catch(() => ""));
  const named = await apart(folder, files);
  await saveFolder(folder, named);
  // the new model is there; what is left of the old one harms nobody
  for (const name of old)
    if (!named.has(name)) await rm(join(folder, name), { force: true }).catch(() => undefined);
}

/** The files with names of their own for the shards in whose place there are others. */
async function apart(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const renamed = new Map<string, string>();
  for (const [name, bytes] of files)
    if (name !== INDEX && (await isOther(join(folder, name), bytes)))
      renamed.set(name, hashedName(name, await sha256(bytes)));
  if (renamed.size === 0) return files;
  const index = withShardNames(new TextDecoder().decode(files.get(INDEX)), renamed);
  return new Map(
    [...files].map(([name, bytes]) =>
      name === INDEX ? [name, new TextEncoder().encode(index)] : [renamed.get(name) ?? name, bytes],
    ),
  );
}

/** The hash in hexadecimal digits. */
async function sha256(bytes: Uint8Array): Promise<string> {
  const { createHash } = await import("node:crypto");
  return createHash("sha256").update(bytes).digest("hex");
}

/** Whether something else than these bytes stands at a path. */
async function isOther(path: string, bytes: Uint8Array): Promise<boolean> {
  const found = await stat(path).catch((error: unknown) => {
    if ((error as { readonly code?: unknown }).code === "ENOENT") return undefined;
    return { size: -1, isFile: () => false };
  });
  if (!found) return false;
  if (!found.isFile() || found.size !== bytes.length) return true;
  const now = await readFile(path).catch(() => undefined);
  return now === undefined || !now.equals(bytes);
}
