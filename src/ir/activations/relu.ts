import { defineActivation } from "../activation.ts";
import { nullable, number } from "../fields.ts";

export default defineActivation({
  name: "relu",
  doc: "max(0, x); above threshold x, at most max_value; below it negative_slope · (x − threshold)",
  layer: "ReLU",
  config: {
    max_value: nullable(number(undefined, { min: 0 })),
    negative_slope: number(0, { min: 0 }),
    threshold: number(0, { min: 0 }),
  },
  lower(b, x, c) {
    // TensorFlow's relu6 has no gradient at 6, its clip has one at the limit.
    const cap = (y: typeof x, top: number): typeof x =>
      top === 6 && !c.threshold ? b.min(top, y) : b.min(y, top);
    const above = c.threshold ? b.where(b.greater(x, c.threshold), x, 0) : b.max(0, x);
    const capped = c.max_value === null ? above : cap(above, c.max_value);
    if (!c.negative_slope) return capped;
    return b.sub(capped, b.mul(c.negative_slope, b.max(0, b.sub(c.threshold, x))));
  },
});
