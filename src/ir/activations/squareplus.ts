import { defineActivation } from "../activation.ts";
import { number } from "../fields.ts";

export default defineActivation({
  name: "squareplus",
  doc: "(x + sqrt(x² + b)) / 2",
  only: "3",
  config: { b: number(4) },
  lower: (b, x, c) => b.div(b.add(x, b.sqrt(b.add(b.square(x), c.b))), 2),
});
