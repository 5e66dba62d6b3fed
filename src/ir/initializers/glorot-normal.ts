import { fixedVariance } from "./variance.ts";

export default fixedVariance(
  "GlorotNormal",
  "glorot_normal",
  "truncated normal, variance 2 / (fan_in + fan_out)",
  { scale: 1, mode: "fan_avg", distribution: "truncated_normal" },
);
