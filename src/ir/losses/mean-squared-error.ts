import { common } from "./common.ts";
import { broadcastMisfit } from "./labels.ts";
import { defineLoss } from "../loss.ts";
import { meanOver, toSameRank } from "../reduction.ts";

/** Mean of (y − p)² over the last axis. */
export default defineLoss({
  name: "MeanSquaredError",
  function: "mean_squared_error",
  aliases: ["mse", "MSE"],
  doc: "mean((y − p)²)",
  config: common("mean_squared_error"),
  misfit: (_c, y, p) => broadcastMisfit(y, p),
  value(b, _c, y, p) {
    const d = b.sub(...toSameRank(b, y, p));
    return { values: meanOver(b, b.square(d), [d.shape.length - 1]) };
  },
});
