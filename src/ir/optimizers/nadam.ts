import { common, epsilon } from "./common.ts";
import type { Builder } from "../builder.ts";
import { number } from "../fields.ts";
import { legacyDefault } from "../fields/legacy-default.ts";
import { learning_rate } from "../fields/learning-rate.ts";
import type { Node } from "../graph.ts";
import { defineOptimizer } from "../optimizer.ts";
import { approach, momentumOf, restOf, velocityOf } from "./settle.ts";

interface Warming {
  readonly beta_1: number;
  readonly schedule_decay: number;
}
/** The share of momentum in update t grows to β₁: by 0.96 with every update, or with some of them. */
const LOG = Math.log(0.96);
const share = (b: Builder, c: Warming, t: Node): Node =>
  b.mul(b.sub(1, b.mul(b.exp(b.mul(t, LOG * c.schedule_decay)), 0.5)), c.beta_1);

/** Adam with the momentum of Nesterov. */
export default defineOptimizer({
  name: "Nadam",
  doc: "m, v as Adam; µₜ = β₁(1 − ½·0.96ᵗ), U = µ₁⋯µₜ; w ← w − lr·(µₜ₊₁·m/(1 − U·µₜ₊₁) + (1 − µₜ)·g/(1 − U)) / (√(v/(1 − β₂ᵗ)) + ε)",
  config: {
    learning_rate: legacyDefault(0.002, learning_rate(0.001)),
    beta_1: number(0.9),
    beta_2: number(0.999),
    epsilon,
    ...common,
    // the exponent of 0.96 is t times this; Keras 3 leaves it out
    schedule_decay: { ...number(1, { legacy: true, keyword_only: true }), keras2_default: () => 0.004 },
  },
  slots: () => [["momentum", "velocity"]],
  shared: {
    name: "variable",
    after(c, updates) {
      let product = 1;
      for (let t = 1; t <= updates && product > 0; t++)
        product = Math.fround(product * c.beta_1 * (1 - 0.5 * Math.exp(LOG * c.schedule_decay * t)));
      return product;
    },
    next: (b, c, product, iteration) => b.mul(product, share(b, c, b.add(iteration, 1))),
  },
  legacy: { rule: (c) => c.schedule_decay !== 1, rows: () => "weight", renamed: { decay: "schedule_decay" } },
  update(b, c, { w, g, each, slots, shared, iteration, learning_rate: lr }) {
    const t = b.add(iteration, 1);
    const [now, next] = [share(b, c, t), share(b, c, b.add(iteration, 2))];
    const momentum = momentumOf(b, approach(b, slots.momentum, g, restOf(c.beta_1)));
    const squares = each((x) => b.square(x));
    const velocity = velocityOf(b, approach(b, slots.velocity, squares, restOf(c.beta_2)));
    const ahead = b.mul(momentum, b.div(next, b.sub(1, b.mul(shared, next))));
    const step = b.add(ahead, b.mul(g, b.div(b.sub(1, now), b.sub(1, shared))));
    const spread = b.add(b.sqrt(b.div(velocity, b.sub(1, b.powi(c.beta_2, t)))), c.epsilon);
    return { w: b.sub(w, b.div(b.mul(step, lr), spread)), slots: { momentum, velocity } };
  },
});
