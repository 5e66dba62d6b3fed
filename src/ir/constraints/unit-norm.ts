import { axis, defineConstraint, divided, norms } from "../constraint.ts";

export default defineConstraint({
  name: "UnitNorm",
  aliases: ["unit_norm", "unitnorm"],
  keras1: ["UnitNorm"],
  doc: "w / (10⁻⁷ + ‖w‖)",
  config: { axis },
  lower: (b, c, w) => divided(b, w, norms(b, w, c.axis)),
});
