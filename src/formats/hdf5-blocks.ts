/** A rectangular part of an array that is stored as one piece: where it begins, and what of the piece lies in the array. */
export interface Block {
  readonly offset: readonly number[];
  readonly shape: readonly number[];
}

/** A run of elements that lie side by side: in the block alone, in the whole array, and in the piece as it is stored. */
interface Row {
  readonly own: number;
  readonly whole: number;
  readonly stored: number;
}

/** The blocks of an array that is stored in pieces of this shape, those at the edges cut. */
export function* blocksOf(shape: readonly number[], piece: readonly number[]): Generator<Block> {
  if (shape.includes(0) || piece.includes(0)) return;
  const counts = shape.map((size, k) => Math.ceil(size / piece[k]));
  for (const index of indices(counts)) {
    const offset = index.map((i, k) => i * piece[k]);
    yield { offset, shape: offset.map((from, k) => Math.min(piece[k], shape[k] - from)) };
  }
}

/** The rows of a block, and how many elements each has. */
export function rowsOf(
  block: Block,
  shape: readonly number[],
  piece: readonly number[],
): { readonly length: number; readonly rows: Iterable<Row> } {
  // axes that are stored and wanted as a whole are one run with the axis before them
  let last = shape.length - 1;
  while (last > 0 && block.shape[last] === shape[last] && shape[last] === piece[last]) last--;
  const length = product(block.shape.slice(Math.max(0, last)));
  return { length, rows: eachRow(block, last, stridesOf(shape), stridesOf(piece), length) };
}

function* eachRow(
  { offset, shape }: Block,
  last: number,
  whole: readonly number[],
  stored: readonly number[],
  length: number,
): Generator<Row> {
  const base = dot(offset, whole);
  let own = 0;
  for (const index of indices(shape.slice(0, Math.max(0, last)))) {
    yield { own, whole: base + dot(index, whole), stored: dot(index, stored) };
    own += length;
  }
}

/** Every index below `counts`, the last axis fastest. */
function* indices(counts: readonly number[]): Generator<readonly number[]> {
  const index = counts.map(() => 0);
  for (;;) {
    yield index;
    let axis = counts.length - 1;
    while (axis >= 0 && ++index[axis] === counts[axis]) index[axis--] = 0;
    if (axis < 0) return;
  }
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);
function dot(index: readonly number[], strides: readonly number[]): number {
  let sum = 0;
  for (let k = 0; k < index.length; k++) sum += index[k] * strides[k];
  return sum;
}
const stridesOf = (shape: readonly number[]): readonly number[] =>
  shape.map((_, k) => product(shape.slice(k + 1)));
