import { dataFormat } from "../../fields/data-format.ts";
import { defineLayer } from "../../layer.ts";
import { numel } from "../../tensor.ts";

export default defineLayer({
  name: "Flatten",
  doc: "every sample as one row",
  config: { data_format: dataFormat() },
  builds: true,
  output(_c, x) {
    const rest = x.slice(1);
    return [x[0], rest.includes(null) ? null : numel(rest as number[])];
  },
  lower(b, c, x) {
    const axes = x.shape.map((_, k) => k);
    const moved = c.data_format === "channels_first" && axes.length > 2 ? [0, ...axes.slice(2), 1] : axes;
    return b.reshape(b.permute(x, moved), [x.shape[0], numel(x.shape.slice(1) as number[])]);
  },
});
