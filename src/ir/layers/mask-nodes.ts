import type { MaskSite } from "../layer.ts";

/** Where either mask is, for an elementwise merge; none where any input came without. */
export const mergedNodes = <T>(_c: unknown, { masks, make }: MaskSite<T>): T | undefined =>
  masks.every((mask): mask is T => mask !== undefined)
    ? masks.reduce((x, y) => make("LogicalOr", {}, x, y))
    : undefined;

/** The masks of inputs that are joined, each spread over its input, then joined as these are. */
export function joinedNodes<T>(
  { axis }: { readonly axis: number },
  { x, masks, make }: MaskSite<T>,
): T | undefined {
  if (masks.every((mask) => mask === undefined)) return undefined;
  const bool = { dtype: "bool" };
  const spread = x.map((input, k) => {
    const mask = masks[k];
    return mask === undefined
      ? make("OnesLike", bool, input)
      : make("LogicalOr", {}, make("ExpandDims", { axis: -1 }, mask), make("ZerosLike", bool, input));
  });
  return make("Any", { axis: -1 }, make("Concatenate", { axis }, spread));
}
