import { number } from "../fields.ts";
import { defineInitializer, seed } from "../initializer.ts";
import { uniformBetween } from "../random/draws.ts";
import { numel } from "../tensor.ts";

export default defineInitializer({
  name: "RandomUniform",
  aliases: ["random_uniform", "uniform"],
  doc: "uniform from `minval` to `maxval`",
  config: { minval: number(-0.05), maxval: number(0.05), seed },
  random: true,
  draw: (c, shape, from, uniform = uniformBetween) => uniform(numel(shape), c.minval, c.maxval, [from, 0]),
});
