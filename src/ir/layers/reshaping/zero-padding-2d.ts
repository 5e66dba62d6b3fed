import { unsaidFormat } from "../../fields/data-format.ts";
import { pairs } from "../../fields/per-axis.ts";
import { isRecord } from "../../fields/schema.ts";
import { defineLayer } from "../../layer.ts";
import { padded, paddedShape, sidesOf } from "./spatial.ts";

const rows = sidesOf("top_pad", "bottom_pad");
const columns = sidesOf("left_pad", "right_pad");
/** Keras 1 took a record or a list of four, too. */
function keras2(given: unknown): unknown {
  if (Array.isArray(given) && given.length === 4) return [given.slice(0, 2), given.slice(2)];
  return isRecord(given) ? [rows(given), columns(given)] : given;
}

export default defineLayer({
  name: "ZeroPadding2D",
  doc: "zeros above, below, left and right of an image",
  config: { padding: { ...pairs(1), keras2 }, data_format: unsaidFormat() },
  builds: true,
  output: (c, x, misfit) => paddedShape(x, c.data_format, c.padding, misfit),
  lower: (b, c, x) => padded(b, x, c.data_format, c.padding),
});
