import { nullable, number } from "../fields.ts";
import type { Node } from "../graph.ts";
import { defineSchedule } from "../schedule.ts";
import { decaying, halfWave, name } from "./common.ts";

export default defineSchedule({
  name: "CosineDecay",
  doc: "lr₀ · ((1 − α) · ½(1 + cos(π · step / decay_steps)) + α), after a straight warm-up from lr₀ to warmup_target",
  config: {
    ...decaying,
    alpha: number(0),
    name: name("CosineDecay"),
    warmup_target: nullable(number()),
    warmup_steps: number(0),
  },
  rate(b, { initial_learning_rate: first, decay_steps, alpha, warmup_target, warmup_steps }, step) {
    const decayed = (made: Node, from: number): Node =>
      b.mul(b.add(b.mul(halfWave(b, b.div(made, decay_steps)), 1 - alpha), alpha), from);
    if (warmup_target === null) return decayed(b.min(step, decay_steps), first);
    const made = b.min(step, decay_steps + warmup_steps);
    const rising = b.add(b.mul(b.div(made, warmup_steps), warmup_target - first), first);
    return b.where(b.less(made, warmup_steps), rising, decayed(b.sub(made, warmup_steps), warmup_target));
  },
});
