import { defineActivation } from "../activation.ts";

export default defineActivation({
  name: "sparse_plus",
  doc: "0 up to −1, (x + 1)² / 4 between −1 and 1, x from 1",
  only: "3",
  config: {},
  lower: (b, x) => {
    const above = b.where(b.less(x, 1), b.mul(0.25, b.square(b.add(x, 1))), x);
    return b.where(b.less(x, -1), 0, above);
  },
});
