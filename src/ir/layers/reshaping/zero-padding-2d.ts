import { dataFormat } from "../../fields/data-format.ts";
import { pairs } from "../../fields/per-axis.ts";
import { defineLayer } from "../../layer.ts";
import { padded, paddedShape } from "./spatial.ts";

export default defineLayer({
  name: "ZeroPadding2D",
  doc: "zeros above, below, left and right of an image",
  config: { padding: pairs(1), data_format: dataFormat() },
  builds: true,
  output: (c, x, misfit) => paddedShape(x, c.data_format, c.padding, misfit),
  lower: (b, c, x) => padded(b, x, c.data_format, c.padding),
});
