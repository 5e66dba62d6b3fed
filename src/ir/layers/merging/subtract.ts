import { defineMerge } from "../../layer.ts";
import { mergedNodes } from "../mask-nodes.ts";
import { mergedMask } from "../masks.ts";
import { merge, mergedReport, mergedShape } from "./broadcast.ts";

export default defineMerge({
  name: "Subtract",
  doc: "x − y",
  arity: "many",
  config: {},
  supports_masking: true,
  mask_nodes: mergedNodes,
  builds: true,
  output(_c, xs, misfit) {
    if (xs.length !== 2) misfit("a list of 2 inputs", `${xs.length}`);
    return mergedShape(xs, misfit);
  },
  reports: (_c, outputs, xs) => mergedReport(outputs, xs),
  lower: (b, _c, xs) => merge(b, xs, (x, y) => b.sub(x, y)),
  joins_masks: true,
  mask: (b, _c, _xs, masks, extra) => mergedMask(b, masks, extra),
});
