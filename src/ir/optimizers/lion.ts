import { common } from "./common.ts";
import { number } from "../fields.ts";
import { learning_rate } from "../fields/learning-rate.ts";
import { defineOptimizer } from "../optimizer.ts";
import { blend, momentumOf, restOf } from "./settle.ts";

/** Steps of one size, each in the direction of an average of gradients. */
export default defineOptimizer({
  name: "Lion",
  doc: "w ← w − lr·sign(β₁·m + (1 − β₁)·g); m ← β₂·m + (1 − β₂)·g",
  config: {
    learning_rate: { ...learning_rate(0.001), keras2_default: () => 0.0001 },
    beta_1: number(0.9, { above: 0, max: 1, at_once: true }),
    beta_2: number(0.99),
    ...common,
  },
  slots: () => [["momentum"]],
  update(b, c, { w, g, slots, learning_rate: lr }) {
    const way = blend(b, slots.momentum, g, c.beta_1, restOf(c.beta_1));
    const sign = b.sub(b.greater(way, 0), b.less(way, 0));
    const momentum = momentumOf(b, blend(b, slots.momentum, g, c.beta_2, restOf(c.beta_2)));
    return { w: b.sub(w, b.mul(sign, lr)), slots: { momentum } };
  },
});
