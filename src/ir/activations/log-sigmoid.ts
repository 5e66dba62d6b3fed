import { defineActivation } from "../activation.ts";

export default defineActivation({
  name: "log_sigmoid",
  doc: "−log(1 + exp(−x))",
  only: "3",
  config: {},
  lower: (b, x) => b.neg(b.softplus(b.neg(x))),
});
