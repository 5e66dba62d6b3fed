import { dataFormat } from "../../fields/data-format.ts";
import { pair } from "../../fields/per-axis.ts";
import { defineLayer } from "../../layer.ts";
import { padded, paddedShape, sidesOf } from "./spatial.ts";

export default defineLayer({
  name: "ZeroPadding1D",
  doc: "zeros before and after the steps",
  config: {
    padding: { ...pair(1), keras2: sidesOf("left_pad", "right_pad") },
    data_format: { ...dataFormat(), since: "3.5" },
  },
  builds: true,
  output: (c, x, misfit) => paddedShape(x, c.data_format, [c.padding], misfit),
  lower: (b, c, x) => padded(b, x, c.data_format, [c.padding]),
});
