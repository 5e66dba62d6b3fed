import { defineActivation } from "../activation.ts";

export default defineActivation({
  name: "softsign",
  doc: "x / (1 + |x|)",
  config: {},
  lower: (b, x) => b.div(x, b.add(1, b.abs(x))),
});
