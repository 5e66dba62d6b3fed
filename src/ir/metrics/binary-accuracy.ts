import { common } from "./common.ts";
import { number } from "../fields.ts";
import { broadcastMisfit } from "../losses/labels.ts";
import { defineMetric } from "../metric.ts";
import { toSameRank } from "../reduction.ts";

/** How often a probability falls on the label's side of the threshold. */
export default defineMetric({
  name: "BinaryAccuracy",
  function: "binary_accuracy",
  aliases: [],
  doc: "mean(y = (p > threshold))",
  config: { ...common("binary_accuracy"), threshold: number(0.5) },
  direction: "up",
  misfit: (_c, y, p) => broadcastMisfit(y, p),
  value(b, c, y, p) {
    const [label, guess] = toSameRank(b, y, p);
    return { values: b.equal(label, b.greater(guess, c.threshold)) };
  },
});
