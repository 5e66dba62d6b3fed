import { defineMerge } from "../../layer.ts";
import { anyMask } from "../masks.ts";
import { merge, mergedShape } from "./broadcast.ts";

export default defineMerge({
  name: "Maximum",
  doc: "the largest of x, y, …",
  arity: "many",
  config: {},
  supports_masking: true,
  builds: true,
  output: (_c, xs, misfit) => mergedShape(xs, misfit),
  lower: (b, _c, xs) => merge(b, xs, (x, y) => b.max(x, y)),
  mask: (b, _c, _xs, masks) => anyMask(b, masks),
});
