import { common } from "./common.ts";
import { equalMisfit } from "../losses/labels.ts";
import { defineMetric } from "../metric.ts";
import { squeeze } from "../reduction.ts";

/** How often the largest prediction stands where the largest label stands. */
export default defineMetric({
  name: "CategoricalAccuracy",
  function: "categorical_accuracy",
  aliases: [],
  doc: "mean(argmax y = argmax p)",
  config: common("categorical_accuracy"),
  direction: "up",
  misfit: (_c, y, p) => equalMisfit(y, p),
  value(b, _c, y, p) {
    const last = p.shape.length - 1;
    return { values: squeeze(b, b.equal(b.argmax(y, last), b.argmax(p, last)), [last]) };
  },
});
