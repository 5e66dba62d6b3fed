import { common } from "./common.ts";
import { broadcastMisfit } from "./labels.ts";
import { defineLoss } from "../loss.ts";
import { meanOver, toSameRank } from "../reduction.ts";

/** Mean of |y − p| over the last axis. */
export default defineLoss({
  name: "MeanAbsoluteError",
  function: "mean_absolute_error",
  aliases: ["mae", "MAE"],
  doc: "mean(|y − p|)",
  config: common("mean_absolute_error"),
  misfit: (_c, y, p) => broadcastMisfit(y, p),
  value(b, _c, y, p) {
    const d = b.sub(...toSameRank(b, y, p));
    return { values: meanOver(b, b.abs(d), [d.shape.length - 1]) };
  },
});
