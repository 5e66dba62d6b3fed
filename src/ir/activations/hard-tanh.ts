import { defineActivation } from "../activation.ts";

export default defineActivation({
  name: "hard_tanh",
  doc: "min(max(x, −1), 1)",
  config: {},
  lower: (b, x) => b.clip(x, -1, 1),
});
