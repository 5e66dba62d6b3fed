import { common, epsilon } from "./common.ts";
import { number } from "../fields.ts";
import { legacyDefault } from "../fields/legacy-default.ts";
import { learning_rate } from "../fields/learning-rate.ts";
import { defineOptimizer } from "../optimizer.ts";
import { approach, momentumOf, velocityOf } from "./settle.ts";

/** Adam with the largest gradient of late instead of the root of their squares. */
export default defineOptimizer({
  name: "Adamax",
  doc: "m ← m + (1 − β₁)(g − m); u ← max(β₂·u, |g|); w ← w − lr·m/((1 − β₁ᵗ)(u + ε))",
  config: {
    learning_rate: legacyDefault(0.002, learning_rate(0.001)),
    beta_1: number(0.9),
    beta_2: number(0.999),
    epsilon,
    ...common,
  },
  slots: () => [["momentum", "norm"]],
  legacy: { rows: () => "slots" },
  update(b, c, { w, g, each, slots, iteration, learning_rate: lr }) {
    const momentum = momentumOf(b, approach(b, slots.momentum, g, 1 - c.beta_1));
    const sizes = each((x) => b.abs(x));
    const norm = velocityOf(b, b.max(b.mul(slots.norm, c.beta_2), sizes));
    const divisor = b.mul(b.add(norm, c.epsilon), b.sub(1, b.powi(c.beta_1, b.add(iteration, 1))));
    return { w: b.sub(w, b.div(b.mul(momentum, lr), divisor)), slots: { momentum, norm } };
  },
});
