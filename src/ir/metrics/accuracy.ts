import { common } from "./common.ts";
import { broadcastMisfit } from "../losses/labels.ts";
import { defineMetric } from "../metric.ts";
import { toSameRank } from "../reduction.ts";

/** How often the prediction equals the label. */
export default defineMetric({
  name: "Accuracy",
  function: "accuracy",
  aliases: [],
  doc: "mean(y = p)",
  config: common("accuracy"),
  direction: "up",
  misfit: (_c, y, p) => broadcastMisfit(y, p),
  value: (b, _c, y, p) => ({ values: b.equal(...toSameRank(b, y, p)) }),
});
