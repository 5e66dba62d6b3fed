import { keras1 } from "../../fields.ts";
import { perAxis } from "../../fields/per-axis.ts";
import { defineLayer } from "../../layer.ts";
import { averages } from "./average.ts";
import { pooledShape, poolFields, withStrides } from "./windows.ts";

export default defineLayer({
  name: "AveragePooling1D",
  doc: "the mean of every window's elements; what padding adds does not count",
  aliases: ["AvgPool1D"],
  config: {
    pool_size: {
      ...keras1("pool_length", perAxis(1, undefined)),
      keras2_default: () => 2,
      floats: true as const,
    },
    ...poolFields(1),
  },
  complete: withStrides,
  output: pooledShape,
  lower: averages,
});
