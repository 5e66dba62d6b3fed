import { defineActivation } from "../activation.ts";

export default defineActivation({
  name: "sigmoid",
  doc: "1 / (1 + exp(−x))",
  config: {},
  lower: (b, x) => b.sigmoid(x),
});
