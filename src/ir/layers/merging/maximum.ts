import { defineMerge } from "../../layer.ts";
import { mergedNodes } from "../mask-nodes.ts";
import { mergedMask } from "../masks.ts";
import { mergedReport, mergedShape, mergeMasked } from "./broadcast.ts";
import { mergeOf } from "./older.ts";

export default defineMerge({
  name: "Maximum",
  doc: "the largest of x, y, …",
  arity: "many",
  config: {},
  older: { classes: [mergeOf("max")] },
  supports_masking: true,
  mask_nodes: mergedNodes,
  builds: true,
  output: (_c, xs, misfit) => mergedShape(xs, misfit),
  reports: (_c, outputs, xs) => mergedReport(outputs, xs),
  lower: (b, _c, xs, _w, { masks, older }) => mergeMasked(b, xs, older ? [] : masks, (x, y) => b.max(x, y)),
  joins_masks: true,
  mask: (b, _c, _xs, masks, extra) => mergedMask(b, masks, extra),
});
