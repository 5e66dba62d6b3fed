import { unsaidFormat } from "../../fields/data-format.ts";
import { pairs } from "../../fields/per-axis.ts";
import { defineLayer } from "../../layer.ts";
import { cropped, croppedShape } from "./spatial.ts";

export default defineLayer({
  name: "Cropping2D",
  doc: "the inside of an image",
  config: { cropping: pairs(0), data_format: unsaidFormat() },
  builds: true,
  output: (c, x, misfit) => croppedShape(x, c.data_format, c.cropping, misfit),
  lower: (b, c, x) => cropped(b, x, c.data_format, c.cropping),
});
