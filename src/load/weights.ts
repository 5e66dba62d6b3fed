import type { Limits } from "../diagnostics/limits.ts";
import type { ModelFile } from "../formats/model-file.ts";
import { isShardIndex, readShards } from "../formats/shards.ts";
import { sniff } from "../formats/sniff.ts";
import { isTfjs } from "../formats/tfjs/is-tfjs.ts";
import { parseJson } from "../json-text.ts";
import type { Host } from "./host.ts";
import { modelFileOf } from "./model-file.ts";
import { lonely } from "./parts.ts";
import { type Content, fetchSource, inFile, type Source } from "./source.ts";

/** A weights file, or a whole model for its weights. */
export async function readWeights(source: Source, host: Host, limits: Limits): Promise<ModelFile> {
  const content = await fetchSource(source, host, limits);
  const listed =
    !content.members && sniff(content.bytes) === "json"
      ? await listedWeights(content, host, limits)
      : undefined;
  return listed ?? modelFileOf(content, host, limits);
}

/** The weights that lie in files beside a JSON that lists them; undefined where it lists none. */
async function listedWeights(content: Content, host: Host, limits: Limits): Promise<ModelFile | undefined> {
  const { bytes, file, part = (name: string) => Promise.reject(lonely(name)) } = content;
  const document = parseJson(new TextDecoder().decode(bytes), file, limits);
  const record = (typeof document === "object" && document !== null ? document : {}) as Readonly<
    Record<string, unknown>
  >;
  if (isTfjs(record)) return (await import("./tfjs.ts")).readWeightsOf(record, content, limits);
  if (!isShardIndex(record)) return undefined;
  return inFile(file, readShards(record, part, limits, host.spawn));
}
