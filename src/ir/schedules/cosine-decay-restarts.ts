import type { Builder } from "../builder.ts";
import { number } from "../fields.ts";
import type { Node } from "../graph.ts";
import { power } from "../operations/power.ts";
import { defineSchedule } from "../schedule.ts";
import { halfWave, name } from "./common.ts";

/** How many periods are over, each t_mul times as long as the one before, and how much of the present one is. */
function period(b: Builder, t_mul: number, part: Node): readonly [Node, Node] {
  if (t_mul === 1) return [b.floor(part), b.sub(part, b.floor(part))];
  const length = b.const(t_mul);
  const over = b.floor(b.div(b.log(b.sub(1, b.mul(part, 1 - t_mul))), b.log(length)));
  const before = b.div(b.sub(1, power(b, length, over)), 1 - t_mul);
  return [over, b.div(b.sub(part, before), power(b, length, over))];
}

export default defineSchedule({
  name: "CosineDecayRestarts",
  doc: "CosineDecay that starts again, at m_mul times the height for t_mul times as long",
  config: {
    initial_learning_rate: number(),
    first_decay_steps: number(undefined, { above: 0, at_once: true }),
    t_mul: number(2),
    m_mul: number(1),
    alpha: number(0),
    name: name("SGDRDecay"),
  },
  rate(b, { initial_learning_rate, first_decay_steps, t_mul, m_mul, alpha }, step) {
    const [over, part] = period(b, t_mul, b.div(step, first_decay_steps));
    const wave = b.mul(halfWave(b, part), m_mul === 1 ? 1 : power(b, m_mul, over));
    return b.mul(b.add(b.mul(wave, 1 - alpha), alpha), initial_learning_rate);
  },
});
