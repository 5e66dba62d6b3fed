import { number } from "../fields.ts";
import { defineInitializer } from "../initializer.ts";
import { numel } from "../tensor.ts";

export default defineInitializer({
  name: "Constant",
  aliases: ["constant"],
  doc: "value",
  config: { value: number(0) },
  random: false,
  draw: (c, shape) => new Float32Array(numel(shape)).fill(c.value),
});
