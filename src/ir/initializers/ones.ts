import { defineInitializer } from "../initializer.ts";
import { numel } from "../tensor.ts";

export default defineInitializer({
  name: "Ones",
  aliases: ["ones", "one"],
  doc: "1",
  config: {},
  random: false,
  draw: (_c, shape) => new Float32Array(numel(shape)).fill(1),
});
