import { common } from "./common.ts";
import { number } from "../fields.ts";
import { learning_rate } from "../fields/learning-rate.ts";
import { power } from "../operations/power.ts";
import { defineOptimizer } from "../optimizer.ts";

/** Follow the regularized leader: weights that gradients do not ask for are 0. */
export default defineOptimizer({
  name: "Ftrl",
  doc: "a ← a + g²; z ← z + g + 2·l2ₛ·w − (a⁻ᵖ − a₀⁻ᵖ)/lr·w; w ← (clip(z, ±l1) − z) / (a⁻ᵖ/lr + 2·l2 + β/lr), p = learning_rate_power",
  config: {
    learning_rate: learning_rate(0.001),
    learning_rate_power: number(-0.5, { max: 0, at_once: true }),
    initial_accumulator_value: number(0.1, { min: 0, at_once: true }),
    l1_regularization_strength: number(0, { min: 0, at_once: true }),
    l2_regularization_strength: number(0, { min: 0, at_once: true }),
    l2_shrinkage_regularization_strength: number(0, { min: 0, at_once: true }),
    beta: number(0),
    ...common,
  },
  slots: () => [["accumulator", "linear"]],
  initial: (c) => ({ accumulator: c.initial_accumulator_value }),
  legacy: { rows: () => "slots", by_weight: true },
  update(b, c, { w, g, each, slots, learning_rate: lr }) {
    const squares = each((x) => b.square(x));
    const accumulator = b.add(slots.accumulator, squares);
    const root = power(b, accumulator, -c.learning_rate_power);
    const grown = b.div(b.sub(root, power(b, slots.accumulator, -c.learning_rate_power)), lr);
    const shrunk = b.add(g, b.mul(w, 2 * c.l2_shrinkage_regularization_strength));
    const linear = b.add(slots.linear, b.sub(shrunk, b.mul(grown, w)));
    const l1 = c.l1_regularization_strength;
    const l2 = b.add(b.div(c.beta / 2, lr), c.l2_regularization_strength);
    const quadratic = b.add(b.div(root, lr), b.mul(l2, 2));
    return { w: b.div(b.sub(b.clip(linear, -l1, l1), linear), quadratic), slots: { accumulator, linear } };
  },
});
