import { defineConstraint } from "../constraint.ts";

export default defineConstraint({
  name: "NonNeg",
  aliases: ["non_neg", "nonneg"],
  keras1: ["NonNeg"],
  doc: "max(0, w)",
  config: {},
  lower: (b, _c, w) => b.max(w, 0),
});
