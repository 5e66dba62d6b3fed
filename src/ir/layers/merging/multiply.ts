import { defineMerge } from "../../layer.ts";
import { anyMask } from "../masks.ts";
import { merge, mergedShape, spreadMasks } from "./broadcast.ts";

export default defineMerge({
  name: "Multiply",
  doc: "x · y · …",
  arity: "many",
  config: {},
  supports_masking: true,
  builds: true,
  output: (_c, xs, misfit) => mergedShape(xs, misfit),
  /** A masked step counts as 1, and is 0 where all are masked. */
  lower(b, _c, xs, _w, { masks }) {
    const spread = spreadMasks(b, xs, masks);
    const parts = xs.map((x, k) => (spread[k] ? b.where(spread[k], x, 1) : x));
    const product = merge(b, parts, (x, y) => b.mul(x, y));
    const some = anyMask(b, spread);
    return some ? b.where(some, product, 0) : product;
  },
  mask: (b, _c, _xs, masks) => anyMask(b, masks),
});
