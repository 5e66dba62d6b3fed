import { defineMerge } from "../../layer.ts";
import { anyMask } from "../masks.ts";
import { merge, mergedShape } from "./broadcast.ts";

export default defineMerge({
  name: "Add",
  doc: "x + y + …",
  arity: "many",
  config: {},
  supports_masking: true,
  builds: true,
  output: (_c, xs, misfit) => mergedShape(xs, misfit),
  lower: (b, _c, xs) => merge(b, xs, (x, y) => b.add(x, y)),
  mask: (b, _c, _xs, masks) => anyMask(b, masks),
});
