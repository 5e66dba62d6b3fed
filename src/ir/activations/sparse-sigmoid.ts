import { defineActivation } from "../activation.ts";

export default defineActivation({
  name: "sparse_sigmoid",
  doc: "(x + 1) / 2 between −1 and 1, 0 below, 1 above",
  config: {},
  lower: (b, x) => {
    const middle = b.where(b.less(x, 1), b.mul(0.5, b.add(x, 1)), 1);
    return b.where(b.greater(x, -1), middle, 0);
  },
});
