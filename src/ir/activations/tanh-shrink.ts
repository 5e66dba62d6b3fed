import { defineActivation } from "../activation.ts";

export default defineActivation({
  name: "tanh_shrink",
  doc: "x − tanh(x)",
  only: "3",
  config: {},
  lower: (b, x) => b.sub(x, b.tanh(x)),
});
