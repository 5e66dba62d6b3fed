import { fixedVariance } from "./variance.ts";

export default fixedVariance("GlorotUniform", "glorot_uniform", "uniform, variance 2 / (fan_in + fan_out)", {
  scale: 1,
  mode: "fan_avg",
  distribution: "uniform",
});
