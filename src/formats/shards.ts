import { ModelError } from "../diagnostics.ts";
import { type Limits, withinLimit } from "../diagnostics/limits.ts";
import { withHdf5, type Spawn } from "./hdf5.ts";
import type { Keras3File } from "./model-file.ts";
import { readKeras3Weights } from "./weights-h5.ts";

/** Whether a JSON document is the index of weights that Keras 3.10 and later spread over several files. */
export const isShardIndex = (document: object): boolean => Object.hasOwn(document, "weight_map");

/** The weights of all the files that an index (`*.weights.json`) names; `part` brings one by its name. */
export async function readShards(
  { weight_map }: { readonly weight_map?: unknown },
  part: (name: string) => Promise<Uint8Array>,
  limits: Limits,
  spawn: Spawn,
): Promise<Keras3File> {
  const names = shardNames(weight_map);
  withinLimit(limits, "zip_members", names.length, "The number of weight files");
  const shards: Keras3File[] = [];
  let total = 0;
  for (const name of names) {
    const bytes = await part(name);
    total += bytes.length;
    withinLimit(limits, "weight_bytes", total, "The size of the weight files", { file: name });
    shards.push(await withHdf5(bytes, limits, spawn, readKeras3Weights));
  }
  return {
    format: "h5",
    layout: "keras3",
    weights: new Map(shards.flatMap((shard) => [...shard.weights])),
    optimizer: shards.flatMap((shard) => shard.optimizer).sort((a, b) => number(a.name) - number(b.name)),
  };
}

const number = (path: string): number => Number(path.slice(path.lastIndexOf("/") + 1));

/** The files of an index, each once; names of other places are refused. */
function shardNames(map: unknown): string[] {
  const values = typeof map === "object" && map !== null ? Object.values(map).flat() : [];
  const names = [...new Set<unknown>(values)];
  const bad = names.find((name) => typeof name !== "string" || !/^[^/\\]+\.weights\.h5$/.test(name));
  if (names.length > 0 && bad === undefined) return names as string[];
  throw new ModelError({
    code: "bad-config",
    message: "The index of weights does not name files of weights.",
    at: { path: "weight_map" },
    expected: "names like model_00000.weights.h5, in the folder of the index",
    received: bad === undefined ? "none" : JSON.stringify(bad).slice(0, 200),
  });
}
