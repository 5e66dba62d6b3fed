import type { Limits } from "../formats/limits.ts";
import type { ModelFile } from "../formats/model-file.ts";
import type { Host } from "./host.ts";
import { fetchSource, inFile, type Source } from "./source.ts";

/** A weights file, or a whole model for its weights. */
export async function readWeights(source: Source, host: Host, limits: Limits): Promise<ModelFile> {
  const { readModelFile } = await import("../formats/model-file.ts");
  const { bytes, file } = await fetchSource(source, host, limits);
  return inFile(file, readModelFile(bytes, limits, host.spawn));
}
