import { flag, number } from "../fields.ts";
import { power } from "../operations/power.ts";
import { defineSchedule } from "../schedule.ts";
import { decaying, name, passed } from "./common.ts";

export default defineSchedule({
  name: "ExponentialDecay",
  doc: "lr₀ · decay_rate^p, p = step / decay_steps (staircase: ⌊p⌋)",
  config: { ...decaying, decay_rate: number(), staircase: flag(false), name: name("ExponentialDecay") },
  rate: (b, c, step) => b.mul(power(b, c.decay_rate, passed(b, c, step)), c.initial_learning_rate),
});
