import { common, epsilon } from "./common.ts";
import { number } from "../fields.ts";
import { legacyDefault } from "../fields/legacy-default.ts";
import { learning_rate } from "../fields/learning-rate.ts";
import { defineOptimizer } from "../optimizer.ts";
import { blend, velocityOf } from "./settle.ts";

/** Steps as large as the last ones were, for gradients as large as the last ones were. */
export default defineOptimizer({
  name: "Adadelta",
  doc: "a ← ρ·a + (1 − ρ)·g²; d = √(s + ε)/√(a + ε)·g; s ← ρ·s + (1 − ρ)·d²; w ← w − lr·d",
  config: { learning_rate: legacyDefault(1, learning_rate(0.001)), rho: number(0.95), epsilon, ...common },
  slots: () => [["accumulated_grad", "accumulated_delta_var"]],
  legacy: { rows: () => "slots" },
  update(b, c, { w, g, each, slots, learning_rate: lr }) {
    const squares = each((x) => b.square(x));
    const accumulated_grad = velocityOf(b, blend(b, slots.accumulated_grad, squares, c.rho));
    const wide = b.add(slots.accumulated_delta_var, c.epsilon);
    const narrow = b.add(accumulated_grad, c.epsilon);
    const delta = b.div(b.mul(b.sqrt(wide), g), b.sqrt(narrow));
    const deltas = b.mul(b.div(wide, narrow), squares);
    const accumulated_delta_var = velocityOf(b, blend(b, slots.accumulated_delta_var, deltas, c.rho));
    return { w: b.sub(w, b.mul(delta, lr)), slots: { accumulated_grad, accumulated_delta_var } };
  },
});
