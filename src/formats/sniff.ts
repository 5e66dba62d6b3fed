import { otherFile } from "./others.ts";

/** What some bytes are, judged by their content alone. */
export type Format =
  "hdf5" | "zip" | "npz" | "gzip" | "npy" | "idx" | "json" | "csv" | "python" | "empty" | "binary";

const HDF5 = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const ZIP_BEGINNINGS = [
  [0x50, 0x4b, 3, 4],
  [0x50, 0x4b, 5, 6],
];
const NPY = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const GZIP = [0x1f, 0x8b];
/** Enough to tell texts apart. */
const TEXT_SAMPLE = 65536;
const IDX_TYPES = [8, 9, 0x0b, 0x0c, 0x0d, 0x0e];

const startsWith = (bytes: Uint8Array, magic: readonly number[], from = 0): boolean =>
  bytes.length >= from + magic.length && magic.every((b, i) => bytes[from + i] === b);

/** The format of a file. Archives with `.npy` members are `npz`, other ones `zip`. */
export function sniff(bytes: Uint8Array): Format {
  if (bytes.length === 0) return "empty";
  // before HDF5: that may begin further inside, and an archive may hold it there
  if (ZIP_BEGINNINGS.some((magic) => startsWith(bytes, magic))) return holdsNpy(bytes) ? "npz" : "zip";
  const offset = hdf5Offset(bytes);
  // MATLAB's files are HDF5 behind a text
  if (offset === 0 || (offset > 0 && !otherFile(bytes))) return "hdf5";
  if (startsWith(bytes, NPY)) return "npy";
  if (startsWith(bytes, GZIP)) return "gzip";
  if (isIdx(bytes)) return "idx";
  return otherFile(bytes) ? "binary" : sniffText(bytes);
}

/** Where the HDF5 signature stands (0, 512, 1024, 2048 …), or -1. */
export function hdf5Offset(bytes: Uint8Array): number {
  for (let at = 0; at + HDF5.length <= bytes.length; at = at === 0 ? 512 : at * 2) {
    if (startsWith(bytes, HDF5, at)) return at;
  }
  return -1;
}

/** numpy writes the first member's name into the first local header. */
function holdsNpy(bytes: Uint8Array): boolean {
  if (bytes.length < 30) return false;
  const length = bytes[26] + 256 * bytes[27];
  return new TextDecoder().decode(bytes.subarray(30, 30 + length)).endsWith(".npy");
}

/** Two zero bytes, a type, a rank; a text has no zero bytes. */
const isIdx = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 0 && IDX_TYPES.includes(bytes[2]) && bytes[3] <= 8;

function sniffText(bytes: Uint8Array): Format {
  const sample = bytes.subarray(0, TEXT_SAMPLE);
  if (sample.includes(0)) return "binary";
  const text = new TextDecoder().decode(sample).replace(/^\ufeff/, "");
  if (/^\s*[{[]/.test(text) && !looksLikePython(text)) return "json";
  return isCsv(text) ? "csv" : "python";
}

/** A snippet may begin with a list that is never assigned; JSON has no `=` outside of strings. */
const looksLikePython = (text: string): boolean => /^[^"]*=/.test(text.split("\n", 1)[0]);

/** Two lines at least (or one of numbers), all with the same number of separators, the last one all numbers. */
function isCsv(text: string): boolean {
  const lines = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .slice(0, 20);
  if (text.length >= TEXT_SAMPLE / 2) lines.pop();
  const rows = lines.map((line) => line.split(/[,;\t]/));
  const last = rows.at(-1);
  if (!last || rows.some((row) => row.length !== last.length)) return false;
  return last.every((cell) => cell.trim() !== "" && Number.isFinite(Number(cell.replace(/^"|"$/g, ""))));
}
