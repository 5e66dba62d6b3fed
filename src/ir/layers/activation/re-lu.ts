import relu from "../../activations/relu.ts";
import { defineLayer } from "../../layer.ts";

export default defineLayer({
  name: "ReLU",
  doc: "max(0, x); above threshold x, at most max_value; below it negative_slope · (x − threshold)",
  config: relu.config,
  supports_masking: true,
  leading_axes: () => true,
  output: (_c, x) => x,
  lower: (b, c, x) => relu.lower(b, x, c),
});
