import { fixedVariance } from "./variance.ts";

export default fixedVariance("LecunNormal", "lecun_normal", "truncated normal, variance 1 / fan_in", {
  scale: 1,
  mode: "fan_in",
  distribution: "truncated_normal",
});
