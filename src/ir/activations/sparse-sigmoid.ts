import { defineActivation } from "../activation.ts";

export default defineActivation({
  name: "sparse_sigmoid",
  doc: "(x + 1) / 2 between −1 and 1, 0 below, 1 above",
  only: "3",
  config: {},
  lower: (b, x) => b.mul(0.5, b.add(b.min(1, b.max(-1, x)), 1)),
});
