import type { Limits } from "../diagnostics/limits.ts";
import type { ModelFile } from "../formats/model-file.ts";
import type { Host } from "./host.ts";
import { type Content, inFile } from "./source.ts";

/** The model or weights file that a source holds, or the folder in which a `.keras` model lies unpacked. */
export function modelFileOf(content: Content, host: Host, limits: Limits, values = true): Promise<ModelFile> {
  return inFile(
    content.file,
    content.members ? unpacked(content, host, limits, values) : packed(content, host, limits, values),
  );
}

async function packed(
  { bytes, given }: Content,
  host: Host,
  limits: Limits,
  values: boolean,
): Promise<ModelFile> {
  const { readModelFile } = await import("../formats/model-file.ts");
  return readModelFile(bytes, limits, host.spawn, { given, values });
}

async function unpacked(
  { members }: Content,
  host: Host,
  limits: Limits,
  values: boolean,
): Promise<ModelFile> {
  const { readKerasMembers } = await import("../formats/keras-zip.ts");
  return readKerasMembers(await members!(), limits, host.spawn, { values });
}
