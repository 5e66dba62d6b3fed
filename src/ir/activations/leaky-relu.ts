import { defineActivation } from "../activation.ts";
import { number } from "../fields.ts";

export default defineActivation({
  name: "leaky_relu",
  doc: "x above 0, negative_slope · x below",
  layer: "LeakyReLU",
  named: { negative_slope: 0.2 },
  config: { negative_slope: number(0.3, { min: 0, aliases: ["alpha"], keras2_key: "alpha" }) },
  lower: (b, x, c) => b.where(b.greater(x, 0), x, b.mul(c.negative_slope, x)),
});
