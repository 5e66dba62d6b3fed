/** An array of a file, as a layer's weights take it; row-major. */
export interface SavedArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The Keras 1 or 2 that wrote a layer's arrays. */
export interface SavedBy {
  /** Whether it was Keras 1, which kept the weights of every gate apart and kernels in the order of the data. */
  readonly keras1: boolean;
  /** Whether it ran on Theano, whose convolutions turn the kernel. */
  readonly theano: boolean;
}

/** What a layer makes of the next arrays in a file: so many of them are its own. */
export interface Taken {
  readonly count: number;
  readonly arrays: readonly SavedArray[];
}

const product = (sizes: readonly number[]): number => sizes.reduce((all, d) => all * d, 1);
const stridesOf = (shape: readonly number[]): number[] =>
  shape.map((_, axis) => product(shape.slice(axis + 1)));

/** The elements that lie these strides apart, the first at `start`. */
function picked(
  data: Float32Array,
  shape: readonly number[],
  strides: readonly number[],
  start = 0,
): SavedArray {
  const result = new Float32Array(product(shape));
  const last = shape.length - 1;
  const index = shape.map(() => 0);
  for (let at = 0, from = start; at < result.length;) {
    for (let k = 0; k < shape[last]; k++) result[at++] = data[from + k * strides[last]];
    let axis = last - 1;
    for (; axis >= 0 && ++index[axis] === shape[axis]; axis--) {
      index[axis] = 0;
      from -= (shape[axis] - 1) * strides[axis];
    }
    if (axis >= 0) from += strides[axis];
  }
  return { shape, data: result };
}

/** As `numpy.transpose`: axis k of the result is axis `axes[k]` of the array. */
export function transposed({ shape, data }: SavedArray, axes: readonly number[]): SavedArray {
  const strides = stridesOf(shape);
  return picked(
    data,
    axes.map((axis) => shape[axis]),
    axes.map((axis) => strides[axis]),
  );
}

/** The array with its first `axes` axes turned round. */
export function turned({ shape, data }: SavedArray, axes: number): SavedArray {
  const strides = stridesOf(shape);
  const start = shape.slice(0, axes).reduce((sum, d, axis) => sum + (d - 1) * strides[axis], 0);
  return picked(
    data,
    shape,
    strides.map((s, axis) => (axis < axes ? -s : s)),
    start,
  );
}

/** Arrays of one shape put together along their last axis. */
export function joined(arrays: readonly SavedArray[]): SavedArray {
  const { shape } = arrays[0];
  const width = shape.at(-1)!;
  const data = new Float32Array(arrays.length * arrays[0].data.length);
  arrays.forEach((array, k) => {
    for (let row = 0; row * width < array.data.length; row++)
      data.set(array.data.subarray(row * width, (row + 1) * width), (row * arrays.length + k) * width);
  });
  return { shape: [...shape.slice(0, -1), arrays.length * width], data };
}

/** As many parts of equal width along the last axis. */
export function parted({ shape, data }: SavedArray, parts: number): SavedArray[] {
  const width = shape.at(-1)! / parts;
  const strides = stridesOf(shape);
  return Array.from({ length: parts }, (_, k) =>
    picked(data, [...shape.slice(0, -1), width], strides, k * width),
  );
}

/** The same numbers in another shape. */
export const reshaped = ({ data }: SavedArray, shape: readonly number[]): SavedArray => ({ shape, data });
