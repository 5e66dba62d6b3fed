import { defineActivation } from "../activation.ts";
import { number } from "../fields.ts";

export default defineActivation({
  name: "hard_shrink",
  doc: "x where |x| is above threshold, else 0",
  only: "3",
  config: { threshold: number(0.5) },
  lower: (b, x, c) => b.where(b.greater(b.abs(x), c.threshold), x, 0),
});
