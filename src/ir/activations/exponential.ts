import { defineActivation } from "../activation.ts";

export default defineActivation({
  name: "exponential",
  doc: "exp(x)",
  config: {},
  lower: (b, x) => b.exp(x),
});
