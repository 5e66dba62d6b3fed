import type { OlderClass } from "../../layer.ts";

/** All that the `Merge` of Keras 1 said, whatever its mode; code in the place of the mode is no mode. */
const KEYS = [
  "mode_type",
  "concat_axis",
  "dot_axes",
  "output_shape",
  "output_shape_type",
  "output_mask",
  "output_mask_type",
  "arguments",
  "node_indices",
  "tensor_indices",
] as const;

/** Keras 1's `Merge` in one of its modes, where of the keys for other modes only `kept` counts. */
export const mergeOf = (mode: string, kept?: (typeof KEYS)[number]): OlderClass => ({
  name: "Merge",
  says: { mode },
  silent: KEYS.filter((key) => key !== kept),
});
