import { common } from "./common.ts";
import { flag, number } from "../fields.ts";
import { learning_rate } from "../fields/learning-rate.ts";
import { defineOptimizer } from "../optimizer.ts";

/** Gradient descent, with momentum where asked for. */
export default defineOptimizer({
  name: "SGD",
  doc: "m ← µ·m − lr·g; w ← w + m (nesterov: w + µ·m − lr·g); without momentum w ← w − lr·g",
  config: {
    learning_rate: learning_rate(0.01),
    momentum: number(0, { min: 0, max: 1, at_once: true, float: true }),
    nesterov: flag(false),
    ...common,
  },
  slots: (c) => (c.momentum ? [["momentum"]] : []),
  keras2_slots: () => [["momentum"]],
  update(b, c, { w, g, slots, learning_rate: lr }) {
    const step = b.mul(g, lr);
    if (!c.momentum) return { w: b.sub(w, step), slots: {} };
    const momentum = b.sub(b.mul(slots.momentum, c.momentum), step);
    const move = c.nesterov ? b.sub(b.mul(momentum, c.momentum), step) : momentum;
    return { w: b.add(w, move), slots: { momentum } };
  },
});
