import { defineLayer } from "../../layer.ts";
import { foldAll, globalFields, wholeShape } from "./global.ts";

export default defineLayer({
  name: "GlobalAveragePooling2D",
  doc: "the mean along height and width",
  aliases: ["GlobalAvgPool2D"],
  config: globalFields,
  output: (c, x, misfit) => wholeShape(c, 2, x, misfit),
  lower: (b, c, x) => foldAll(b, c, x, (all, axes) => b.mean(all, axes)),
});
