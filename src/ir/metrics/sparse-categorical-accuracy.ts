import { common } from "./common.ts";
import { sparseMisfit } from "../losses/labels.ts";
import { defineMetric } from "../metric.ts";
import { squeeze } from "../reduction.ts";

/** How often the largest prediction stands at the labelled class. */
export default defineMetric({
  name: "SparseCategoricalAccuracy",
  function: "sparse_categorical_accuracy",
  aliases: [],
  doc: "mean(y = argmax p)",
  config: common("sparse_categorical_accuracy"),
  direction: "up",
  misfit: (_c, y, p) => sparseMisfit(y, p),
  classes: (_c, p) => p.at(-1) as number,
  value(b, _c, y, p) {
    const last = p.shape.length - 1;
    const hits = b.equal(b.reshape(y, [...p.shape.slice(0, -1), 1]), b.argmax(p, last));
    const steps = squeeze(b, hits, [last]);
    const flat = steps.shape.length > 1 && steps.shape.at(-1) === 1 && y.shape.length < p.shape.length;
    return { values: flat ? squeeze(b, steps, [steps.shape.length - 1]) : steps };
  },
});
