/** A step that the bytes of a piece went through before they were stored. */
export interface Filter {
  readonly id: number;
  readonly cd_values: ArrayLike<number>;
}

const [DEFLATE, SHUFFLE, FLETCHER32, SZIP, SCALE_OFFSET] = [1, 2, 3, 4, 6];
/** What the library has built in. */
export const FILTERS: readonly number[] = [DEFLATE, SHUFFLE, FLETCHER32, SZIP, SCALE_OFFSET];
/** Of the checksum behind the bytes. */
const CHECKSUM = 4;

/** `unseen`: as many bytes as there have to be, which only the library can tell. */
export type Undone = Uint8Array | "unseen" | undefined;

/** The bytes before `filters`, in the order they were applied; undefined unless the stored bytes give `size` of them. */
export async function undo(
  stored: Uint8Array,
  filters: readonly Filter[],
  size: number,
  inflate: Inflate,
): Promise<Undone> {
  let bytes: Undone = stored;
  for (const filter of [...filters].reverse()) {
    if (bytes === undefined) return undefined;
    if (bytes !== "unseen") bytes = await undoOne(filter, bytes, size, inflate);
    else if (filter.id !== SHUFFLE) return undefined;
  }
  return bytes === "unseen" || bytes?.length === size ? bytes : undefined;
}

async function undoOne(
  { id, cd_values }: Filter,
  bytes: Uint8Array,
  size: number,
  inflate: Inflate,
): Promise<Undone> {
  if (id === FLETCHER32) return bytes.subarray(0, Math.max(0, bytes.length - CHECKSUM));
  if (id === SHUFFLE) return unshuffled(bytes, cd_values[0] ?? 1);
  if (id === DEFLATE) return inflate(bytes, size + CHECKSUM);
  return saidSize(id, bytes, cd_values) === size ? "unseen" : undefined;
}

/** szip says before its data how many bytes it holds; scale-offset is told their number and size. */
function saidSize(id: number, bytes: Uint8Array, values: ArrayLike<number>): number {
  if (id === SCALE_OFFSET) return values[2] * values[4];
  return bytes.length < 4 ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

/** The first bytes of all elements stand first, then the second ones, and so on; what is no whole element is left. */
function unshuffled(bytes: Uint8Array, size: number): Uint8Array {
  const count = Math.floor(bytes.length / Math.max(1, size));
  const result = new Uint8Array(bytes);
  for (let k = 0; k < size; k++) for (let i = 0; i < count; i++) result[i * size + k] = bytes[k * count + i];
  return result;
}

/** What a zlib stream holds; undefined where it is damaged or holds more than `most` bytes. */
export type Inflate = (
  bytes: Uint8Array,
  most: number,
) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

/** With what every platform has. */
export async function inflateStream(bytes: Uint8Array, most: number): Promise<Uint8Array | undefined> {
  const reader = new Blob([bytes as BlobPart])
    .stream()
    .pipeThrough(new DecompressionStream("deflate"))
    .getReader();
  const result = new Uint8Array(most);
  for (let filled = 0; ;) {
    const part = await reader.read().catch(() => undefined);
    if (!part || (part.value && filled + part.value.length > most)) {
      await reader.cancel().catch(() => undefined);
      return undefined;
    }
    if (part.done) return result.subarray(0, filled);
    result.set(part.value, filled);
    filled += part.value.length;
  }
}
