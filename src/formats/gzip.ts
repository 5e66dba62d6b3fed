import { ModelError } from "../diagnostics.ts";
import { withinExpansion, withinLimit, type Limits } from "../diagnostics/limits.ts";

/** The content of a gzip file; its checksum is verified, its size bounded while it is inflated. */
export async function gunzip(bytes: Uint8Array, limits: Limits): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = new Blob([bytes as BlobPart])
    .stream()
    .pipeThrough(new DecompressionStream("gzip"))
    .getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw corrupt();
    });
    if (done) break;
    size += value.length;
    withinLimit(limits, "weight_bytes", size, "The size of the gzip content");
    withinExpansion(limits, size, bytes.length, "The size of the gzip content");
    chunks.push(value);
  }
  const result = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    result.set(chunk, at);
    at += chunk.length;
  }
  return result;
}

/** Engines say what is wrong in words of their own, or not at all. */
const corrupt = (): ModelError =>
  new ModelError({
    code: "gzip-corrupt",
    message: "The gzip file is damaged.",
    hint: "Copy or download it again.",
  });
