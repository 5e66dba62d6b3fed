import { defineMerge } from "../../layer.ts";
import { anyMask } from "../masks.ts";
import { mergedShape, mergeMasked } from "./broadcast.ts";

export default defineMerge({
  name: "Minimum",
  doc: "the least of x, y, …",
  arity: "many",
  config: {},
  supports_masking: true,
  builds: true,
  output: (_c, xs, misfit) => mergedShape(xs, misfit),
  lower: (b, _c, xs, _w, { masks }) => mergeMasked(b, xs, masks, (x, y) => b.min(x, y)),
  mask: (b, _c, _xs, masks) => anyMask(b, masks),
});
