import { defineMerge } from "../../layer.ts";
import { mergedNodes } from "../mask-nodes.ts";
import { mergedMask } from "../masks.ts";
import { merge, mergedReport, mergedShape } from "./broadcast.ts";
import { mergeOf } from "./older.ts";

export default defineMerge({
  name: "Add",
  doc: "x + y + …",
  arity: "many",
  config: {},
  older: { classes: [mergeOf("sum")] },
  supports_masking: true,
  mask_nodes: mergedNodes,
  builds: true,
  output: (_c, xs, misfit) => mergedShape(xs, misfit),
  reports: (_c, outputs, xs) => mergedReport(outputs, xs),
  lower: (b, _c, xs) => merge(b, xs, (x, y) => b.add(x, y)),
  joins_masks: true,
  mask: (b, _c, _xs, masks, extra) => mergedMask(b, masks, extra),
});
