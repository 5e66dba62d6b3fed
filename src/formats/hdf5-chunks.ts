import { ModelError } from "../diagnostics.ts";
import { type Block, blocksOf, rowsOf } from "./hdf5-blocks.ts";
import type { H5File, H5Module, Run } from "./hdf5-engine.ts";
import { type Filter, undo } from "./hdf5-filters.ts";

type Metadata = ReturnType<H5Module["get_dataset_metadata"]>;

/** An array that is stored in pieces. */
export interface Chunked {
  readonly path: string;
  readonly metadata: Metadata;
  /** Shape of a piece. */
  readonly chunks: readonly number[];
  /** In the order in which they were applied. */
  readonly filters: readonly Filter[];
}

/** Bytes of the file. */
interface Range {
  readonly from: number;
  readonly length: number;
}

/** A piece, and what the library read of the file for it. */
interface Piece {
  readonly block: Block;
  readonly read: readonly Range[];
}

/** Room for one piece in the library's memory. */
interface Room {
  readonly at: number;
  readonly bytes: number;
}

/**
 * Reads an array piece by piece into `bytes`. The library takes a piece that decodes to fewer bytes than it has to hold
 * for whole, and its memory for the rest: whoever calls this goes on with `checkPieces`.
 */
export function readPieces(file: H5File, array: Chunked, bytes: Uint8Array): readonly Piece[] {
  const { metadata, chunks } = array;
  const shape = metadata.shape ?? [];
  return withRoom(file, array, (room) =>
    Array.from(blocksOf(shape, chunks), (block) => {
      const read = readBlock(file, array, block, room);
      place(file.h5.HEAPU8.subarray(room.at, room.at + room.bytes), array, bytes, block);
      return { block, read };
    }),
  );
}

/** Refuses a piece whose bytes do not follow from the bytes of the file. */
export async function checkPieces(
  file: H5File,
  array: Chunked,
  bytes: Uint8Array,
  pieces: readonly Piece[],
  run: Run,
): Promise<void> {
  for (const { block, read } of pieces) {
    if (read.length === 0 || (await follows(file, array, bytes, block, read))) continue;
    // a piece that is not there is filled; what was read was the index, which the library now knows
    const again = run(0, () => withRoom(file, array, (room) => readBlock(file, array, block, room)));
    if (again.length > 0) throw unfounded(array, block);
  }
}

function withRoom<T>({ h5 }: H5File, { metadata, chunks }: Chunked, work: (room: Room) => T): T {
  const shape = metadata.shape ?? [];
  const bytes = chunks.reduce((n, size, k) => n * Math.min(size, shape[k]), metadata.size);
  const at = h5._malloc(Math.max(1, bytes));
  if (at === 0) throw new Error("out of memory");
  try {
    return work({ at, bytes });
  } finally {
    h5._free(at);
  }
}

/** Puts a block into the library's memory; gives what of the file was read for it. */
function readBlock({ h5, id }: H5File, { path }: Chunked, block: Block, room: Room): readonly Range[] {
  const [count, offset] = [block.shape, block.offset].map((numbers) => numbers.map(BigInt));
  const strides = count.map(() => 1n);
  return traced(h5, () => h5.get_dataset_data(id, path, count, offset, strides, BigInt(room.at)));
}

type Read = (
  stream: { readonly position: number },
  to: unknown,
  at: unknown,
  length: number,
  from?: number,
) => unknown;

function traced(h5: H5Module, work: () => unknown): readonly Range[] {
  const fs = h5.FS as unknown as { read: Read };
  const { read } = fs;
  const ranges: Range[] = [];
  fs.read = (stream, to, at, length, from) => {
    ranges.push({ from: from ?? stream.position, length });
    return read.call(fs, stream, to, at, length, from);
  };
  try {
    work();
    return ranges;
  } finally {
    fs.read = read;
  }
}

/** Whether some of what was read decodes to what the library gave. Filters may have been left out for single pieces. */
async function follows(
  file: H5File,
  array: Chunked,
  bytes: Uint8Array,
  block: Block,
  read: readonly Range[],
): Promise<boolean> {
  const { chunks, metadata, filters } = array;
  const { inflate } = file;
  const size = chunks.reduce((a, b) => a * b, metadata.size);
  // the index comes first, the piece last
  for (const { from, length } of [...read].reverse()) {
    const stored = file.bytes.subarray(from, from + length);
    for (let without = 0; without < 2 ** filters.length; without++) {
      const applied = filters.filter((_, k) => (without & (1 << k)) === 0);
      const found = await undo(stored, applied, size, inflate);
      if (found === "unseen") return true;
      if (found && same(littleEndian(found, file, array), array, bytes, block)) return true;
    }
  }
  return false;
}

/** Takes a block from the library's memory to its place in the array. */
function place(room: Uint8Array, { chunks, metadata }: Chunked, bytes: Uint8Array, block: Block): void {
  const { length, rows } = rowsOf(block, metadata.shape ?? [], chunks);
  const [from, to, unit] = inUnits(room, bytes, metadata.size);
  const run = length * unit;
  for (const { own, whole } of rows)
    for (let x = own * unit, y = whole * unit, end = x + run; x < end; x++, y++) to[y] = from[x];
}

/** Whether a piece holds what stands in the block of the array. */
function same(piece: Uint8Array, { chunks, metadata }: Chunked, bytes: Uint8Array, block: Block): boolean {
  const { length, rows } = rowsOf(block, metadata.shape ?? [], chunks);
  const [there, here, unit] = inUnits(piece, bytes, metadata.size);
  const run = length * unit;
  for (const { stored, whole } of rows)
    for (let x = stored * unit, y = whole * unit, end = x + run; x < end; x++, y++)
      if (here[y] !== there[x]) return false;
  return true;
}

/** Two arrays of elements of this size as words, or as bytes where elements are smaller, and how many make an element. */
function inUnits(a: Uint8Array, b: Uint8Array, size: number): readonly [Units, Units, number] {
  return size % 4 === 0 ? [words(a), words(b), size / 4] : [a, b, size];
}
type Units = Uint8Array | Uint32Array;

const words = (bytes: Uint8Array): Uint32Array =>
  bytes.byteOffset % 4 === 0
    ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
    : new Uint32Array(new Uint8Array(bytes).buffer);

/** A piece with the bytes of its elements as the library gives them; those of opaque ones have no order. */
function littleEndian(piece: Uint8Array, { h5 }: H5File, { metadata }: Chunked): Uint8Array {
  const { size, type } = metadata;
  if (metadata.littleEndian || type === h5.H5T_class_t.H5T_OPAQUE.value) return piece;
  const turned = new Uint8Array(piece);
  for (let at = 0; at < turned.length; at += size) turned.subarray(at, at + size).reverse();
  return turned;
}

const unfounded = ({ path }: Chunked, { offset }: Block): ModelError =>
  new ModelError({
    code: "hdf5-corrupt",
    message: "A piece of an HDF5 array cannot be read: its bytes do not decode to as many as it has to hold.",
    at: { path },
    received: `the piece at [${offset.join(", ")}]`,
    hint: "The file is damaged.",
  });
