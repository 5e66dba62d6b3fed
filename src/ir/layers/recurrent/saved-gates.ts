import { joined, parted, type SavedArray, type SavedBy, type Taken, transposed } from "../../saved-arrays.ts";

/** How older Keras kept the weights of a recurrent layer. */
export interface OlderGates {
  /** Keras 1 kept kernel, recurrent kernel and bias of each gate apart: where it had those of today's gate k. */
  readonly keras1: readonly number[];
  /** The bias of the layer on CuDNN, which has two for every gate in a row, as this layer has it. */
  readonly fused?: (bias: SavedArray, units: number) => SavedArray;
}

/** The arrays of a recurrent layer of Keras 1 or 2, or of one on CuDNN, as Keras 3 has them. */
export function savedGates(
  next: readonly SavedArray[],
  units: number,
  { keras1 }: SavedBy,
  { keras1: order, fused }: OlderGates,
  count: number,
): Taken {
  const gates = order.length;
  if (keras1 && gates > 1 && next[0]?.shape[1] === units && next.length >= 3 * gates) {
    const kinds = [0, 1, 2].map((kind) => joined(order.map((gate) => next[3 * gate + kind])));
    return { count: 3 * gates, arrays: kinds };
  }
  const own = next.slice(0, count);
  const [kernel, recurrent, bias] = own;
  if (!fused || bias?.shape.length !== 1 || bias.shape[0] !== 2 * gates * units)
    return { count, arrays: own };
  const each = (array: SavedArray, make: (gate: SavedArray) => SavedArray): SavedArray =>
    joined(parted(array, gates).map(make));
  const turn = (gate: SavedArray): SavedArray => transposed(gate, [1, 0]);
  return { count, arrays: [each(kernel, fromCudnn), each(recurrent, turn), fused(bias, units)] };
}

/** CuDNN keeps a gate's kernel as (units, features) in a row. */
const fromCudnn = ({ shape: [features, units], data }: SavedArray): SavedArray =>
  transposed({ shape: [units, features], data }, [1, 0]);
