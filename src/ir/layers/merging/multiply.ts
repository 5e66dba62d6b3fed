import { defineMerge } from "../../layer.ts";
import { mergedNodes } from "../mask-nodes.ts";
import { anyMask, mergedMask } from "../masks.ts";
import { merge, mergedReport, mergedShape, spreadMasks } from "./broadcast.ts";
import { mergeOf } from "./older.ts";

export default defineMerge({
  name: "Multiply",
  doc: "x · y · …",
  arity: "many",
  config: {},
  older: { classes: [mergeOf("mul")] },
  supports_masking: true,
  mask_nodes: mergedNodes,
  builds: true,
  output: (_c, xs, misfit) => mergedShape(xs, misfit),
  reports: (_c, outputs, xs) => mergedReport(outputs, xs),
  /** In Keras 3 a masked step counts as 1, and is 0 where all are masked. */
  lower(b, _c, xs, _w, { masks, older }) {
    if (older) return merge(b, xs, (x, y) => b.mul(x, y));
    const spread = spreadMasks(b, xs, masks);
    const parts = xs.map((x, k) => (spread[k] ? b.where(spread[k], x, 1) : x));
    const product = merge(b, parts, (x, y) => b.mul(x, y));
    const some = anyMask(b, spread);
    return some ? b.where(some, product, 0) : product;
  },
  joins_masks: true,
  mask: (b, _c, _xs, masks, extra) => mergedMask(b, masks, extra),
});
