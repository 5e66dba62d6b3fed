import { common } from "./common.ts";
import { equalMisfit } from "../losses/labels.ts";
import type { Sizes } from "../graph.ts";
import { defineMetric } from "../metric.ts";
import { squeeze } from "../reduction.ts";

/** Labels of one number for every row of classes. */
const columns = (y: Sizes, p: Sizes): Sizes => (y.length === 1 && p.length === 2 ? [...y, 1] : y);

/** How often the largest prediction stands where the largest label stands. */
export default defineMetric({
  name: "CategoricalAccuracy",
  function: "categorical_accuracy",
  aliases: [],
  doc: "mean(argmax y = argmax p)",
  config: common("categorical_accuracy"),
  direction: "up",
  // `accuracy` saved before any labels came is this metric in Keras 2, whose largest class number is the only one
  misfit: (_c, y, p, older) =>
    older && equalMisfit(columns(y, p), [...p.slice(0, -1), 1]) === undefined ? undefined : equalMisfit(y, p),
  value(b, _c, labels, p) {
    const last = p.shape.length - 1;
    const y = b.reshape(labels, columns(labels.shape, p.shape));
    return { values: squeeze(b, b.equal(b.argmax(y, last), b.argmax(p, last)), [last]) };
  },
});
