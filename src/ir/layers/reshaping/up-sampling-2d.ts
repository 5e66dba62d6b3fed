import type { OlderKeras, Optional } from "../../fields.ts";
import { unsaidFormat } from "../../fields/data-format.ts";
import { perAxis } from "../../fields/per-axis.ts";
import { releaseOf } from "../../fields/release.ts";
import { word } from "../../fields/word.ts";
import { defineLayer } from "../../layer.ts";
import { interpolated, type Interpolation, INTERPOLATIONS, POINTS } from "./interpolation.ts";
import { firstAxis, repeated, resized } from "./spatial.ts";

const ofPoints = (from: OlderKeras): boolean => releaseOf(from)?.tensorflow === false;

const words = word(["nearest", ...INTERPOLATIONS], "nearest");
const interpolation: Optional<"nearest" | Interpolation> = {
  ...words,
  read: (value, report) => (value === POINTS ? POINTS : words.read!(value, report)),
  keras2: (value, from) => (value === "bilinear" && ofPoints(from) ? POINTS : value),
  unwritable: (value) =>
    value === POINTS ? "it takes pixels for areas, Keras until 2.3 took them for points" : undefined,
};

export default defineLayer({
  name: "UpSampling2D",
  doc: "an image `size` times as large, each pixel repeated or interpolated",
  config: { size: perAxis(2, 2), data_format: unsaidFormat(), interpolation },
  builds: true,
  output: (c, x, misfit) => resized(x, c.data_format, 2, misfit, (d, k) => d * c.size[k]),
  lower(b, c, x) {
    const first = firstAxis(c.data_format);
    const by = c.interpolation;
    return c.size.reduce(
      (y, times, k) =>
        by === "nearest" ? repeated(b, y, first + k, times) : interpolated(b, y, first + k, times, by),
      x,
    );
  },
});
