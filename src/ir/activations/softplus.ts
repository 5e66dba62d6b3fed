import { defineActivation } from "../activation.ts";

export default defineActivation({
  name: "softplus",
  doc: "log(1 + exp(x))",
  config: {},
  lower: (b, x) => b.softplus(x),
});
