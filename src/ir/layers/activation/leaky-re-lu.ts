import leakyRelu from "../../activations/leaky-relu.ts";
import { defineLayer } from "../../layer.ts";

export default defineLayer({
  name: "LeakyReLU",
  doc: "x above 0, negative_slope · x below",
  config: leakyRelu.config,
  supports_masking: true,
  leading_axes: () => true,
  output: (_c, x) => x,
  lower: (b, c, x) => leakyRelu.lower(b, x, c),
});
