import { ModelError } from "../diagnostics.ts";
import type { Tensor } from "../ir/tensor.ts";
import { readCsv } from "./csv.ts";
import { gunzip } from "./gzip.ts";
import { readIdx } from "./idx.ts";
import { readJsonData } from "./json-data.ts";
import { DEFAULT_LIMITS, withinLimit, type Limits } from "../diagnostics/limits.ts";
import { readNpy } from "./npy.ts";
import { readNpz } from "./npz.ts";
import { sniff } from "./sniff.ts";

/**
 * The arrays of a data file (`.npy`, `.npz`, IDX, CSV, JSON; gzipped or not), told apart by content; a text that could
 * be anything is a table where its name ends in `.csv`. A file of one array gives it under the name "". `name` stands
 * in messages.
 */
export async function readData(
  bytes: Uint8Array,
  name = "the data file",
  limits: Limits = DEFAULT_LIMITS,
): Promise<Map<string, Tensor>> {
  withinLimit(limits, "file_bytes", bytes.length, "The size of the file", { path: name });
  const text = (): string => new TextDecoder().decode(bytes);
  const one = (tensor: Tensor): Map<string, Tensor> => new Map([["", tensor]]);
  const format = sniff(bytes);
  if (format === "gzip") return readData(refuseNested(await gunzip(bytes, limits), name), name, limits);
  if (format === "npz") return readNpz(bytes, limits);
  if (format === "npy") return one(readNpy(bytes, name, limits));
  if (format === "idx") return one(await readIdx(bytes, name, limits));
  if (format === "csv" || (format === "python" && isCsvName(name))) return one(readCsv(text(), name).values);
  if (format === "json") return readJsonData(text(), name, limits);
  throw unknown(name, format);
}

/** A text with faults looks like nothing; where its name says a table, its faults are told as a table's. */
const isCsvName = (name: string): boolean => /\.csv(\.gz)?$/i.test(name);

function refuseNested(content: Uint8Array, name: string): Uint8Array {
  if (sniff(content) === "gzip") throw unknown(name, "gzip inside of gzip");
  return content;
}

const unknown = (name: string, format: string): ModelError =>
  new ModelError({
    code: format === "empty" ? "data-empty" : "data-format",
    message: format === "empty" ? "The data file is empty." : "The data file is of no known format.",
    at: { file: name },
    expected: ".npy, .npz, IDX, CSV or JSON",
    received: format === "empty" ? "no bytes" : format,
  });
