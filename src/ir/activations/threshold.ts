import { defineActivation } from "../activation.ts";
import { number } from "../fields.ts";

export default defineActivation({
  name: "threshold",
  doc: "x above threshold, else default_value",
  only: "3",
  config: { threshold: number(), default_value: number() },
  lower: (b, x, c) => b.where(b.greater(x, c.threshold), x, c.default_value),
});
