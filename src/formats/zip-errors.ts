import { ModelError } from "../diagnostics.ts";
import type { LimitName } from "../diagnostics/limits.ts";
import { otherMember } from "./others.ts";

/** What the directory of an archive says of a member. */
interface Said {
  readonly filename: string;
  readonly directory: boolean;
  readonly encrypted: boolean;
  readonly compressionMethod: number;
}

/** stored, deflated */
const METHODS = [0, 8];
const OTHER_METHODS = new Map([
  [1, "shrunk"],
  [6, "imploded"],
  [9, "Deflate64"],
  [12, "bzip2"],
  [14, "LZMA"],
  [93, "Zstandard"],
  [95, "XZ"],
  [98, "PPMd"],
]);

/** The limit of a member that is to be read; throws where it does not belong there, or cannot be read. */
export function readable(entry: Said, limit: LimitName | "ignored" | undefined): LimitName {
  const { filename, compressionMethod: method } = entry;
  if (entry.encrypted) throw refused(filename, "The zip archive is encrypted.");
  if (limit === undefined || limit === "ignored" || entry.directory) throw misplaced(filename);
  if (METHODS.includes(method)) return limit;
  throw new ModelError({
    code: "zip-member",
    message: "The compression of a member of the zip archive is not read.",
    at: { path: short(filename) },
    expected: "stored or deflated",
    received: OTHER_METHODS.get(method) ?? `method ${method}`,
    hint: "Unpack it and zip it again; a .keras model may also be given as the folder that it unpacks to.",
  });
}

function misplaced(name: string): ModelError {
  const other = otherMember(name);
  const message = `The zip archive ${other ? `is ${other.name}` : "holds something that does not belong there"}.`;
  const out = "Take it out of the archive (zip -d), or give the folder of the files themselves.";
  return refused(name, message, other?.hint ?? out);
}

const refused = (name: string, message: string, hint?: string): ModelError =>
  new ModelError({
    code: "zip-member",
    message,
    at: { path: short(name) },
    received: JSON.stringify(short(name)),
    ...(hint !== undefined && { hint }),
  });

/** What an archive with these members is where it is another program's, told by the first of them that says so. */
export function otherArchive(names: readonly string[]): ModelError | undefined {
  const telling = names.find((name) => otherMember(name));
  return telling === undefined ? undefined : misplaced(telling);
}

export function corrupt(error: unknown, path?: string): ModelError {
  const reason = error instanceof Error ? error.message : String(error);
  return new ModelError({
    code: "zip-corrupt",
    message: `The zip archive is damaged: ${reason.slice(0, 200)}.`,
    ...(path !== undefined && { at: { path } }),
    hint: "Copy or download the file again.",
  });
}

const short = (name: string): string => name.slice(0, 200);
