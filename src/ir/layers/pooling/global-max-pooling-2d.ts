import { defineLayer } from "../../layer.ts";
import { foldAll, globalFields, wholeShape } from "./global.ts";

export default defineLayer({
  name: "GlobalMaxPooling2D",
  doc: "the largest element along height and width; equal ones share the gradient",
  aliases: ["GlobalMaxPool2D"],
  config: globalFields,
  output: (c, x, misfit) => wholeShape(c, 2, x, misfit),
  lower: (b, c, x) => foldAll(b, c, x, (all, axes) => b.max_of(all, axes)),
});
