import type { Tensor } from "../src/node/index.ts";

/** An array as fixtures in JSON keep it. */
export interface Noted {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export const tensor = ({ shape, data }: Noted): Tensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from(data),
});
