import adam from "./adam.ts";
import { withoutDecay } from "./common.ts";
import { number } from "../fields.ts";
import { defineOptimizer } from "../optimizer.ts";

const { learning_rate, beta_1, beta_2, epsilon, amsgrad } = adam.config;

/** Adam with a decay of weights that goes without saying. */
export default defineOptimizer({
  name: "AdamW",
  doc: "w ← w − lr·λ·w, λ = weight_decay; then as Adam",
  config: {
    learning_rate,
    weight_decay: number(0.004, { at_once: true }),
    ...{ beta_1, beta_2, epsilon, amsgrad },
    ...withoutDecay,
  },
  slots: (c) => adam.slots({ ...adam.config, ...c } as never),
  update: (b, c, step) => adam.update(b, c, step),
});
