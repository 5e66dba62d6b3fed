import { defineMerge } from "../../layer.ts";
import { mergedNodes } from "../mask-nodes.ts";
import { mergedMask } from "../masks.ts";
import { merge, mergedReport, mergedShape } from "./broadcast.ts";
import { mergeOf } from "./older.ts";

export default defineMerge({
  name: "Average",
  doc: "(x + y + …) / how many",
  arity: "many",
  config: {},
  older: { classes: [mergeOf("ave")] },
  supports_masking: true,
  mask_nodes: mergedNodes,
  builds: true,
  output: (_c, xs, misfit) => mergedShape(xs, misfit),
  reports: (_c, outputs, xs) => mergedReport(outputs, xs),
  lower: (b, _c, xs) =>
    b.div(
      merge(b, xs, (x, y) => b.add(x, y)),
      xs.length,
    ),
  joins_masks: true,
  mask: (b, _c, _xs, masks, extra) => mergedMask(b, masks, extra),
});
