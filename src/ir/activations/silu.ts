import { defineActivation } from "../activation.ts";

export default defineActivation({
  name: "silu",
  doc: "x / (1 + exp(−x))",
  aliases: ["swish"],
  config: {},
  lower: (b, x) => b.mul(x, b.sigmoid(x)),
});
