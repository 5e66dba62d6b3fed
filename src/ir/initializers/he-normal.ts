import { fixedVariance } from "./variance.ts";

export default fixedVariance("HeNormal", "he_normal", "truncated normal, variance 2 / fan_in", {
  scale: 2,
  mode: "fan_in",
  distribution: "truncated_normal",
});
