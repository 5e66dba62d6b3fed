import { flag, number } from "../fields.ts";
import { defineSchedule } from "../schedule.ts";
import { decaying, name, passed } from "./common.ts";

export default defineSchedule({
  name: "InverseTimeDecay",
  doc: "lr₀ / (1 + decay_rate · p), p = step / decay_steps (staircase: ⌊p⌋)",
  config: { ...decaying, decay_rate: number(), staircase: flag(false), name: name("InverseTimeDecay") },
  rate: (b, c, step) => b.div(c.initial_learning_rate, b.add(b.mul(passed(b, c, step), c.decay_rate), 1)),
});
