import { number } from "../fields.ts";
import { defineInitializer, seed } from "../initializer.ts";
import { truncatedNormal } from "../random/draws.ts";
import { numel } from "../tensor.ts";

export default defineInitializer({
  name: "TruncatedNormal",
  aliases: ["truncated_normal"],
  doc: "normal, drawn anew beyond two standard deviations",
  config: { mean: number(0), stddev: number(0.05), seed },
  random: true,
  draw: (c, shape, from) => truncatedNormal(numel(shape), c.mean, c.stddev, [from, 0]),
});
