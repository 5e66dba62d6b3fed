import { fixedVariance } from "./variance.ts";

export default fixedVariance("HeUniform", "he_uniform", "uniform, variance 2 / fan_in", {
  scale: 2,
  mode: "fan_in",
  distribution: "uniform",
});
