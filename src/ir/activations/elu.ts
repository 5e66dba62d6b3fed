import { defineActivation } from "../activation.ts";
import { number } from "../fields.ts";

export default defineActivation({
  name: "elu",
  doc: "x above 0, alpha · (exp(x) − 1) below",
  config: { alpha: number(1) },
  lower: (b, x, c) => b.where(b.greater(x, 0), x, b.mul(c.alpha, b.sub(b.exp(b.min(x, 0)), 1))),
});
