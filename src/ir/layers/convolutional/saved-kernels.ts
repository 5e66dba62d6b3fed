import { type SavedArray, type SavedBy, type Taken, transposed, turned } from "../../saved-arrays.ts";

interface Options {
  readonly data_format: string;
}
/** How one kernel of Keras 1 becomes one of Keras 2, for data of either order. */
type Rearranged = (kernel: SavedArray, first: boolean) => SavedArray;

/** Keras 1 kept kernels for channels_first as (filters, channels, …sizes). */
export const sizesFirst: Rearranged = (kernel, first) =>
  first ? transposed(kernel, [...kernel.shape.keys()].slice(2).concat(1, 0)) : kernel;

/** Keras 1 made kernels along one axis two axes long, in either order. */
export const oneAxis =
  (length: number): Rearranged =>
  (kernel) => {
    if (kernel.shape.length !== 4) return kernel;
    const whole = kernel.shape[0] === length && kernel.shape[1] === 1;
    const { shape, data } = whole ? kernel : transposed(kernel, [2, 3, 1, 0]);
    return { shape: [shape[0], ...shape.slice(2)], data };
  };

/** Keras 1 kept the kernels of transposed convolutions as those of the convolutions whose gradients they are. */
export const backward: Rearranged = (kernel, first) =>
  transposed(kernel, first ? [2, 3, 0, 1] : [0, 1, 3, 2]);

/**
 * The arrays of a convolution of `rank` axes as Keras 3 has them; the first `kernels` are kernels. As Keras 2 does,
 * a kernel of another shape is taken for one of CNTK's order.
 */
export function savedKernels(
  next: readonly SavedArray[],
  { data_format }: Options,
  { keras1, theano }: SavedBy,
  shapes: readonly (readonly number[])[],
  { rank, kernels = 1, keras1: rearranged }: { rank: number; kernels?: number; keras1: Rearranged },
): Taken {
  const arrays = next.slice(0, shapes.length).map((array, k) => {
    if (k >= kernels) return array;
    const ordered = keras1 ? rearranged(array, data_format === "channels_first") : array;
    const kernel = theano ? turned(ordered, rank) : ordered;
    if (kernel.shape.join() === shapes[k].join() || kernel.shape.length !== 4) return kernel;
    const other = transposed(kernel, [3, 2, 0, 1]);
    return other.shape.join() === shapes[k].join() ? other : kernel;
  });
  return { count: shapes.length, arrays };
}
