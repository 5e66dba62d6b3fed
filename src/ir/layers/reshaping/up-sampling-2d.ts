import { dataFormat } from "../../fields/data-format.ts";
import { perAxis } from "../../fields/per-axis.ts";
import { word } from "../../fields/word.ts";
import { defineLayer } from "../../layer.ts";
import { interpolated, INTERPOLATIONS } from "./interpolation.ts";
import { firstAxis, repeated, resized } from "./spatial.ts";

export default defineLayer({
  name: "UpSampling2D",
  doc: "an image `size` times as large, each pixel repeated or interpolated",
  config: {
    size: perAxis(2, 2),
    data_format: dataFormat(),
    interpolation: word(["nearest", ...INTERPOLATIONS], "nearest"),
  },
  builds: true,
  output: (c, x, misfit) => resized(x, c.data_format, 2, misfit, (d, k) => d * c.size[k]),
  lower(b, c, x) {
    const first = firstAxis(c.data_format);
    const { interpolation } = c;
    return c.size.reduce(
      (y, times, k) =>
        interpolation === "nearest"
          ? repeated(b, y, first + k, times)
          : interpolated(b, y, first + k, times, interpolation),
      x,
    );
  },
});
