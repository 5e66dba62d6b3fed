import { defineActivation } from "../activation.ts";

export default defineActivation({
  name: "hard_tanh",
  doc: "min(max(x, −1), 1)",
  only: "3",
  config: {},
  lower: (b, x) => b.clip(x, -1, 1),
});
