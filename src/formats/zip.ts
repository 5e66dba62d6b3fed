import { ModelError } from "../diagnostics.ts";
import type { FileEntry } from "@zip.js/zip.js";
import { type LimitName, type Limits, withinExpansion, withinLimit } from "../diagnostics/limits.ts";
import { corrupt, readable } from "./zip-errors.ts";

const CHECKS = {
  strictness: "strict",
  filenameValidation: "strict",
  checkSignature: true,
  checkOverlappingEntry: true,
  useWebWorkers: false,
} as const;
/** Looks where a member lies, and at both copies of what is said of it: not at its content. */
const PLACE_ALONE = { ...CHECKS, checkOverlappingEntryOnly: true, passThrough: true } as const;

/** The library that works with the platform's own compression and starts no workers. */
const library = () => import("@zip.js/zip.js/lib/zip-core-native.js");

/** The limit that holds for the size of a member, by its name; "ignored": the member is never read; undefined refuses it. */
export type MemberLimit = (name: string) => LimitName | "ignored" | undefined;

interface Listed {
  readonly entry: FileEntry;
  readonly ignored: boolean;
}

/**
 * The members of an archive by name, stored ones as views of its bytes; without those that are ignored, whose content nobody looks at. Checksums,
 * sizes and both copies of the directory must agree, no name may come twice, `allowed` must know every name, and `most` is the limit on their number.
 */
export async function readZip(
  bytes: Uint8Array,
  limits: Limits,
  allowed: MemberLimit,
  most: "zip_members" | "npz_members" = "zip_members",
): Promise<Map<string, Uint8Array>> {
  withinLimit(limits, "file_bytes", bytes.length, "The size of the file");
  const { ZipReader, Reader } = await library();
  const reader = new ZipReader(viewing(bytes, Reader), CHECKS);
  const members = new Map<string, Uint8Array>();
  try {
    for (const { entry, ignored } of await entriesOf(reader, limits, allowed, most)) {
      const work = ignored ? entry.getData(new WritableStream(), PLACE_ALONE) : contentOf(entry, bytes);
      const content = await work.catch((error: unknown) => {
        throw corrupt(error, entry.filename);
      });
      if (content instanceof Uint8Array) members.set(entry.filename, content);
    }
  } catch (error) {
    throw error instanceof ModelError ? error : corrupt(error);
  } finally {
    await reader.close();
  }
  return members;
}

/** Gives out views of an archive: the library's own reader copies every piece. */
function viewing(
  bytes: Uint8Array,
  Reader: Awaited<ReturnType<typeof library>>["Reader"],
): InstanceType<typeof Reader> {
  return new (class extends Reader<Uint8Array> {
    override size = bytes.length;
    override readUint8Array(index: number, length: number): Promise<Uint8Array> {
      return Promise.resolve(bytes.subarray(index, index + length));
    }
  })(bytes);
}

async function entriesOf(
  reader: InstanceType<Awaited<ReturnType<typeof library>>["ZipReader"]>,
  limits: Limits,
  allowed: MemberLimit,
  most: LimitName,
): Promise<Listed[]> {
  const entries: Listed[] = [];
  const names = new Set<string>();
  let total = 0;
  for await (const entry of reader.getEntriesGenerator(CHECKS)) {
    const at = { path: entry.filename.slice(0, 200) };
    withinLimit(limits, most, entries.length + 1, "The number of zip members");
    if (names.has(entry.filename)) throw corrupt(new Error(`${entry.filename} is there twice`));
    names.add(entry.filename);
    const wanted = allowed(entry.filename);
    const { uncompressedSize, compressedSize } = entry;
    const ignored = wanted === "ignored" && !(entry.directory && uncompressedSize > 0);
    entries.push({ entry: entry as FileEntry, ignored });
    if (ignored) continue;
    withinLimit(limits, readable(entry, wanted), uncompressedSize, "The size of a zip member", at);
    total += uncompressedSize;
    withinLimit(limits, "weight_bytes", total, "The size of the zip members", at);
    withinExpansion(limits, uncompressedSize, compressedSize, "The declared size of a zip member", at);
  }
  return entries;
}

/** At most the declared number of bytes: more than that is a lie in the directory. What is stored is checked, and not copied. */
async function contentOf(entry: FileEntry, archive: Uint8Array): Promise<Uint8Array> {
  const size = entry.uncompressedSize;
  const stored = entry.compressionMethod === 0;
  const content = stored ? storedAt(entry, archive) : new Uint8Array(size);
  let filled = 0;
  const sink = new WritableStream<Uint8Array>({
    write(chunk) {
      if (filled + chunk.length > size) throw new Error(`${entry.filename} is larger than it says`);
      if (!stored) content.set(chunk, filled);
      filled += chunk.length;
    },
  });
  await entry.getData(sink, CHECKS);
  if (filled !== size) throw new Error(`${entry.filename} is shorter than it says`);
  return content;
}

/** Where a member lies: after its own header, which ends with a name and more of sizes that it says. */
function storedAt({ offset, uncompressedSize }: FileEntry, archive: Uint8Array): Uint8Array {
  const header = new DataView(archive.buffer, archive.byteOffset + offset, 30);
  const start = offset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  return archive.subarray(start, start + uncompressedSize);
}

/** An archive of these members, in this order, stored, with fixed times: equal members give equal bytes. */
export async function writeZip(members: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array> {
  const { ZipWriter, Uint8ArrayWriter, Uint8ArrayReader } = await library();
  const writer = new ZipWriter(new Uint8ArrayWriter(archiveBytes(members)));
  const options = {
    level: 0,
    lastModDate: new Date(1980, 0, 1),
    extendedTimestamp: false,
    dataDescriptor: false,
    useWebWorkers: false,
  };
  for (const [name, bytes] of members) await writer.add(name, new Uint8ArrayReader(bytes), options);
  return writer.close();
}

/** What an archive takes: the members, two headers each, the end. */
const archiveBytes = (members: ReadonlyMap<string, Uint8Array>): number => {
  const encoder = new TextEncoder();
  const one = (name: string, size: number): number => 30 + 46 + 2 * encoder.encode(name).length + size;
  return [...members].reduce((sum, [name, { length }]) => sum + one(name, length), 22);
};
