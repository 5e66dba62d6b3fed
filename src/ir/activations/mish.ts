import { defineActivation } from "../activation.ts";

export default defineActivation({
  name: "mish",
  doc: "x · tanh(log(1 + exp(x)))",
  config: {},
  lower: (b, x) => b.mul(x, b.tanh(b.softplus(x))),
});
