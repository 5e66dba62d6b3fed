import { perAxis } from "../../fields/per-axis.ts";
import { defineLayer } from "../../layer.ts";
import { averages } from "./average.ts";
import { pooledShape, poolFields, withStrides } from "./windows.ts";

export default defineLayer({
  name: "AveragePooling2D",
  doc: "the mean of every window's elements; what padding adds does not count",
  aliases: ["AvgPool2D"],
  config: {
    pool_size: { ...perAxis(2, undefined), keras2_default: () => 2, floats: true as const },
    ...poolFields(2),
  },
  complete: withStrides,
  output: pooledShape,
  lower: averages,
});
