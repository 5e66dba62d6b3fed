import { number } from "../fields.ts";
import { defineRegularizer, total } from "../regularizer.ts";

export default defineRegularizer({
  name: "L2",
  aliases: ["l2"],
  doc: "l2 · Σ w²",
  config: { l2: number(0.01, { min: 0 }) },
  lower: (b, c, x) => b.mul(c.l2, total(b, b.square(x))),
});
