import { defineMerge } from "../../layer.ts";
import { anyMask } from "../masks.ts";
import { merge, mergedShape } from "./broadcast.ts";

export default defineMerge({
  name: "Average",
  doc: "(x + y + …) / how many",
  arity: "many",
  config: {},
  supports_masking: true,
  builds: true,
  output: (_c, xs, misfit) => mergedShape(xs, misfit),
  lower: (b, _c, xs) =>
    b.div(
      merge(b, xs, (x, y) => b.add(x, y)),
      xs.length,
    ),
  mask: (b, _c, _xs, masks) => anyMask(b, masks),
});
