import { number } from "../fields.ts";
import { defineRegularizer, total } from "../regularizer.ts";

export default defineRegularizer({
  name: "L1",
  aliases: ["l1"],
  doc: "l1 · Σ |w|",
  config: { l1: number(0.01, { min: 0 }) },
  lower: (b, c, x) => b.mul(c.l1, total(b, b.abs(x))),
});
