import { defineInitializer } from "../initializer.ts";
import { numel } from "../tensor.ts";

export default defineInitializer({
  name: "Zeros",
  aliases: ["zeros", "zero"],
  doc: "0",
  config: {},
  random: false,
  draw: (_c, shape) => new Float32Array(numel(shape)),
});
