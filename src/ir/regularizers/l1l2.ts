import { number } from "../fields.ts";
import { defineRegularizer, total } from "../regularizer.ts";

export default defineRegularizer({
  name: "L1L2",
  aliases: ["l1l2"],
  keras1: ["WeightRegularizer", "L1L2Regularizer", "ActivityRegularizer"],
  doc: "l1 · Σ |w| + l2 · Σ w²",
  config: { l1: number(0, { min: 0 }), l2: number(0, { min: 0 }) },
  lower(b, c, x) {
    const l1 = c.l1 ? b.mul(c.l1, total(b, b.abs(x))) : 0;
    return b.add(l1, c.l2 ? b.mul(c.l2, total(b, b.square(x))) : 0);
  },
});
