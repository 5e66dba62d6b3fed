import { defineActivation } from "../activation.ts";
import { number } from "../fields.ts";

export default defineActivation({
  name: "soft_shrink",
  doc: "x moved towards 0 by threshold, 0 where it is nearer than that",
  only: "3",
  config: { threshold: number(0.5) },
  lower: (b, x, c) => {
    const below = b.where(b.less(x, -c.threshold), b.add(x, c.threshold), 0);
    return b.where(b.greater(x, c.threshold), b.sub(x, c.threshold), below);
  },
});
