import { common, epsilon } from "./common.ts";
import { number } from "../fields.ts";
import { legacyDefault } from "../fields/legacy-default.ts";
import { learning_rate } from "../fields/learning-rate.ts";
import { defineOptimizer } from "../optimizer.ts";

/** Steps divided by the root of the sum of all squares so far. */
export default defineOptimizer({
  name: "Adagrad",
  doc: "a ← a + g², at first `initial_accumulator_value`; w ← w − lr·g/√(a + ε)",
  config: {
    learning_rate: legacyDefault(0.01, learning_rate(0.001)),
    initial_accumulator_value: legacyDefault(0, number(0.1)),
    epsilon,
    ...common,
  },
  slots: () => [["accumulator"]],
  legacy: { rule: () => true },
  initial: (c) => ({ accumulator: c.initial_accumulator_value }),
  update(b, c, { w, g, each, slots, learning_rate: lr, legacy }) {
    const accumulator = b.add(
      slots.accumulator,
      each((x) => b.square(x)),
    );
    // ε once stood outside of the root
    const divisor = legacy ? b.add(b.sqrt(accumulator), c.epsilon) : b.sqrt(b.add(accumulator, c.epsilon));
    return { w: b.sub(w, b.div(b.mul(g, lr), divisor)), slots: { accumulator } };
  },
});
