import { defineActivation } from "../activation.ts";

export default defineActivation({
  name: "relu6",
  doc: "min(max(0, x), 6)",
  config: {},
  lower: (b, x) => b.min(6, b.max(0, x)),
});
