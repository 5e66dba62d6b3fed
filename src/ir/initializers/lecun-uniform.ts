import { fixedVariance } from "./variance.ts";

export default fixedVariance("LecunUniform", "lecun_uniform", "uniform, variance 1 / fan_in", {
  scale: 1,
  mode: "fan_in",
  distribution: "uniform",
});
