import { defineLayer } from "../../layer.ts";
import { foldAll, globalFields, wholeShape } from "./global.ts";

export default defineLayer({
  name: "GlobalMaxPooling1D",
  doc: "the largest element along the steps; equal ones share the gradient",
  aliases: ["GlobalMaxPool1D"],
  config: globalFields,
  output: (c, x, misfit) => wholeShape(c, 1, x, misfit),
  lower: (b, c, x) => foldAll(b, c, x, (all, axes) => b.max_of(all, axes)),
});
