import { axis, bound, defineConstraint, norms, rescaled } from "../constraint.ts";

export default defineConstraint({
  name: "MinMaxNorm",
  aliases: ["min_max_norm", "minmax_norm"],
  keras1: ["MinMaxNorm"],
  doc: "w · (rate · clip(‖w‖, min_value, max_value) + (1 − rate) · ‖w‖) / (10⁻⁷ + ‖w‖)",
  config: {
    min_value: { ...bound(0), aliases: ["low"] },
    max_value: { ...bound(1), aliases: ["high"] },
    rate: bound(1),
    axis,
  },
  lower(b, c, w) {
    const has = norms(b, w, c.axis);
    const clipped = b.mul(c.rate, b.clip(has, c.min_value, c.max_value));
    return rescaled(b, w, has, b.add(clipped, b.mul(1 - c.rate, has)));
  },
});
