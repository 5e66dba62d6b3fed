import { common, epsilon } from "./common.ts";
import { flag, number } from "../fields.ts";
import { learning_rate } from "../fields/learning-rate.ts";
import { defineOptimizer } from "../optimizer.ts";
import { approach, momentumOf, velocityOf } from "./settle.ts";

/** Adam as Keras 3 writes it: ε is added to √v as it stands. */
export default defineOptimizer({
  name: "Adam",
  doc: "m ← m + (1 − β₁)(g − m); v ← v + (1 − β₂)(g² − v); w ← w − lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε)",
  config: {
    learning_rate: learning_rate(0.001),
    beta_1: number(0.9, { min: 0, max: 1 }),
    beta_2: number(0.999, { min: 0, max: 1 }),
    epsilon,
    amsgrad: flag(false),
    ...common,
  },
  slots: (c) => [["momentum", "velocity"], ...(c.amsgrad ? [["velocity_hat"]] : [])],
  update(b, c, { w, g, each, slots, iteration, learning_rate: lr }) {
    const t = b.add(iteration, 1);
    const correction = b.div(b.sqrt(b.sub(1, b.powi(c.beta_2, t))), b.sub(1, b.powi(c.beta_1, t)));
    const alpha = b.mul(lr, correction);
    const momentum = momentumOf(b, approach(b, slots.momentum, g, 1 - c.beta_1));
    const squares = each((x) => b.square(x));
    const velocity = velocityOf(b, approach(b, slots.velocity, squares, 1 - c.beta_2));
    const velocity_hat = c.amsgrad ? b.max(slots.velocity_hat, velocity) : undefined;
    const spread = b.add(b.sqrt(velocity_hat ?? velocity), c.epsilon);
    return {
      w: b.sub(w, b.div(b.mul(momentum, alpha), spread)),
      slots: { momentum, velocity, velocity_hat },
    };
  },
});
