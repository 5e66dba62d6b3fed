import { defineActivation } from "../activation.ts";

export default defineActivation({
  name: "hard_silu",
  doc: "x · min(max(0, x + 3), 6) / 6",
  aliases: ["hard_swish"],
  only: "3",
  config: {},
  lower: (b, x) => b.mul(x, b.div(b.min(6, b.max(0, b.add(x, 3))), 6)),
});
