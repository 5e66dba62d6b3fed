import type { Builder } from "../builder.ts";
import { flag, number } from "../fields.ts";
import type { Node } from "../graph.ts";
import { power } from "../operations/power.ts";
import { defineSchedule } from "../schedule.ts";
import { decaying, name } from "./common.ts";

/** The steps of all cycles up to the end of the present one. */
function cycles(b: Builder, decay_steps: number, step: Node): Node {
  const begun = b.neg(b.floor(b.neg(b.div(step, decay_steps))));
  return b.mul(b.where(b.equal(step, 0), 1, begun), decay_steps);
}

export default defineSchedule({
  name: "PolynomialDecay",
  doc: "(lr₀ − end) · (1 − s / D)^power + end, s = min(step, D), D = decay_steps (cycle: s = step, D · ⌈step / D⌉)",
  config: {
    ...decaying,
    end_learning_rate: number(0.0001),
    power: number(1),
    cycle: flag(false),
    name: name("PolynomialDecay"),
  },
  rate(b, c, step) {
    const part = c.cycle
      ? b.div(step, cycles(b, c.decay_steps, step))
      : b.div(b.min(step, c.decay_steps), c.decay_steps);
    const left = power(b, b.sub(1, part), c.power);
    return b.add(b.mul(left, c.initial_learning_rate - c.end_learning_rate), c.end_learning_rate);
  },
});
