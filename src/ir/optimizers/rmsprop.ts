import { common, epsilon } from "./common.ts";
import { flag, number } from "../fields.ts";
import { learning_rate } from "../fields/learning-rate.ts";
import { defineOptimizer } from "../optimizer.ts";
import { blend, momentumOf, velocityOf } from "./settle.ts";

/** Steps divided by the root of a moving average of the gradient's square. */
export default defineOptimizer({
  name: "RMSprop",
  doc: "v ← ρ·v + (1 − ρ)·g²; s = lr·g/√(v + ε) (centered: v − a², a ← ρ·a + (1 − ρ)·g); w ← w − s; with momentum m ← µ·m + s, w ← w − m",
  config: {
    learning_rate: learning_rate(0.001),
    rho: number(0.9),
    momentum: number(0),
    epsilon,
    centered: flag(false),
    ...common,
  },
  slots: (c) => [
    ["velocity"],
    ...(c.momentum > 0 ? [["momentum"]] : []),
    ...(c.centered ? [["average_gradient"]] : []),
  ],
  legacy: { rule: (c) => !(c.momentum > 0), rows: (c) => (c.momentum > 0 ? "slots" : undefined) },
  update(b, c, { w, g, each, slots, learning_rate: lr, legacy }) {
    const squares = each((x) => b.square(x));
    const velocity = velocityOf(b, blend(b, slots.velocity, squares, c.rho));
    const average_gradient = c.centered
      ? momentumOf(b, blend(b, slots.average_gradient, g, c.rho))
      : undefined;
    const spread = average_gradient ? b.sub(velocity, b.square(average_gradient)) : velocity;
    // ε stood outside of the root where there was no momentum
    const divisor =
      legacy && !(c.momentum > 0) ? b.add(b.sqrt(spread), c.epsilon) : b.sqrt(b.add(spread, c.epsilon));
    const step = b.div(b.mul(g, lr), divisor);
    if (!(c.momentum > 0)) return { w: b.sub(w, step), slots: { velocity, average_gradient } };
    const momentum = momentumOf(b, b.add(b.mul(slots.momentum, c.momentum), step));
    return { w: b.sub(w, momentum), slots: { velocity, momentum, average_gradient } };
  },
});
