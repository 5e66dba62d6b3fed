import { ModelError } from "../diagnostics.ts";
import { attributesOf } from "./hdf5-attributes.ts";
import type { H5File } from "./hdf5-engine.ts";
import type { Hdf5Entry } from "./hdf5-protocol.ts";
import type { StoredData } from "./stored-array.ts";

/** SHA-256 in hexadecimal digits; undefined where a platform has none, as browsers on pages without TLS. */
export type Sha256 = (bytes: Uint8Array<ArrayBuffer>) => string | Promise<string> | undefined;

/** With what every platform has, on secure pages. */
export const sha256Web: Sha256 = (bytes) => {
  const subtle = crypto.subtle as SubtleCrypto | undefined;
  return subtle
    ?.digest("SHA-256", bytes)
    .then((sum) => Array.from(new Uint8Array(sum), (b) => b.toString(16).padStart(2, "0")).join(""));
};

/** HDF5 has no checksums: this attribute of arrays in files of ours holds that of their bytes, little-endian. */
const ATTRIBUTE = "keraunos_sha256";
const DIGITS = 64;

/** Entries whose arrays bear their checksums. */
export const withChecksums = (entries: readonly Hdf5Entry[], sha256: Sha256): Promise<readonly Hdf5Entry[]> =>
  Promise.all(
    entries.map(async (entry) => {
      const sum = entry.array && (await sha256(bytesOf(entry.array.data)));
      if (sum === undefined) return entry;
      const attribute = { name: ATTRIBUTE, value: { kind: "fixed", text: sum } } as const;
      return { ...entry, attributes: [...(entry.attributes ?? []), attribute] };
    }),
  );

const bytesOf = ({ buffer, byteOffset, byteLength }: StoredData): Uint8Array<ArrayBuffer> =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

/** The checksum that an array bears. */
export const checksumOf = (file: H5File, path: string): unknown =>
  attributesOf(file, path, [ATTRIBUTE], { left: 2 * DIGITS }).get(ATTRIBUTE);

/** Refuses an array whose bytes do not have the checksum it bears. */
export async function checkSum(
  path: string,
  said: unknown,
  bytes: Uint8Array<ArrayBuffer>,
  sha256: Sha256,
): Promise<void> {
  if (said === undefined) return;
  const found = await sha256(bytes);
  if (found === undefined || found === said) return;
  throw new ModelError({
    code: "hdf5-checksum",
    message: "An array of the HDF5 file is not the one that was saved: its SHA-256 is another.",
    at: { path },
    expected: typeof said === "string" ? said.slice(0, DIGITS) : "64 hexadecimal digits",
    received: found,
    hint: `The file is damaged. If you changed the array yourself, delete its attribute ${ATTRIBUTE}.`,
  });
}
