import { defineActivation } from "../activation.ts";
import { number } from "../fields.ts";

export default defineActivation({
  name: "celu",
  doc: "max(x, 0) + alpha · (exp(min(x, 0) / alpha) − 1)",
  only: "3",
  config: { alpha: number(1) },
  lower: (b, x, c) => b.add(b.max(x, 0), b.mul(c.alpha, b.expm1(b.div(b.min(x, 0), c.alpha)))),
});
