import { number } from "../fields.ts";
import { defineInitializer, misfit } from "../initializer.ts";

export default defineInitializer({
  name: "Identity",
  aliases: ["identity", "IdentityInitializer"],
  doc: "gain on the diagonal, 0 elsewhere",
  // Keras forgets the gain when it writes one.
  config: { gain: number(1, { terse: true }) },
  random: false,
  draw(c, shape) {
    if (shape.length !== 2) misfit("Identity", "a weight of rank 2", shape);
    const [rows, columns] = shape;
    const out = new Float32Array(rows * columns);
    for (let i = 0; i < Math.min(rows, columns); i++) out[i * columns + i] = c.gain;
    return out;
  },
});
