import { number } from "../fields.ts";
import { defineInitializer, seed } from "../initializer.ts";
import { normal } from "../random/draws.ts";
import { numel } from "../tensor.ts";

export default defineInitializer({
  name: "RandomNormal",
  aliases: ["random_normal", "normal"],
  doc: "normal with mean `mean` and standard deviation `stddev`",
  config: { mean: number(0), stddev: number(0.05), seed },
  random: true,
  draw: (c, shape, from) => normal(numel(shape), c.mean, c.stddev, [from, 0]),
});
