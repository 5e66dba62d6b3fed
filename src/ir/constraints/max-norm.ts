import { axis, bound, defineConstraint, norms, rescaled } from "../constraint.ts";

export default defineConstraint({
  name: "MaxNorm",
  aliases: ["max_norm", "maxnorm"],
  keras1: ["MaxNorm"],
  doc: "w · min(‖w‖, max_value) / (10⁻⁷ + ‖w‖)",
  config: { max_value: { ...bound(2), aliases: ["m"] }, axis },
  lower(b, c, w) {
    const has = norms(b, w, c.axis);
    return rescaled(b, w, has, b.clip(has, 0, c.max_value));
  },
});
