import { ModelError } from "./diagnostics.ts";
import { readIdx as idx } from "./formats/idx.ts";
import { readNpy as npy, writeNpy as npyOf } from "./formats/npy.ts";
import { readNpz as npz, writeNpz as npzOf } from "./formats/npz.ts";
import { show } from "./ir/fields/schema.ts";
import type { Tensor } from "./ir/tensor.ts";
import { type ArrayLike, toTensor } from "./runtime/data.ts";

function checkBytes(bytes: unknown): void {
  if (bytes instanceof Uint8Array) return;
  const message = "This is no content of a file.";
  throw new ModelError({ code: "bad-data", message, expected: "a Uint8Array", received: show(bytes) });
}

/** The array of a `.npy` file; float64 becomes float32, integers int32 where they fit. ModelErrors say what is wrong. */
export const readNpy: typeof npy = (bytes, ...rest) => {
  checkBytes(bytes);
  return npy(bytes, ...rest);
};

/** The arrays of a `.npz` archive (stored or deflated) by name, without `.npy`. */
export const readNpz: typeof npz = async (bytes, ...rest) => {
  checkBytes(bytes);
  return npz(bytes, ...rest);
};

/** The array of an IDX file, gzipped or not. */
export const readIdx: typeof idx = async (bytes, ...rest) => {
  checkBytes(bytes);
  return idx(bytes, ...rest);
};

/** The bytes of a `.npy` file, as numpy writes it. */
export const writeNpy = (array: ArrayLike): Uint8Array => npyOf(toTensor(array, "The array"));

/** The bytes of a `.npz` archive of these arrays, in this order, stored. Equal arrays give equal bytes. */
export async function writeNpz(
  arrays: ReadonlyMap<string, ArrayLike> | Readonly<Record<string, ArrayLike>>,
): Promise<Uint8Array> {
  if (typeof arrays !== "object" || (arrays as object | null) === null || Array.isArray(arrays)) {
    const message = "writeNpz takes arrays by name.";
    throw new ModelError({
      code: "bad-data",
      message,
      expected: "a record or a Map",
      received: show(arrays),
    });
  }
  const named: [string, ArrayLike][] = arrays instanceof Map ? [...arrays] : Object.entries(arrays);
  return npzOf(new Map(named.map(([name, x]): [string, Tensor] => [name, toTensor(x, `The array ${name}`)])));
}
