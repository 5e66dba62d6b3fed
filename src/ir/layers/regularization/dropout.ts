import { int, keras1, nullable, number } from "../../fields.ts";
import type { Field } from "../../fields.ts";
import { defineLayer } from "../../layer.ts";
import { formatShape, type Shape } from "../../tensor.ts";
import { drop } from "./drop.ts";

const size = { anyOf: [{ type: "null" }, { type: "integer", minimum: 1 }] } as const;
const noise: Field<Shape> = {
  schema: { type: "array", items: size, description: "a list of sizes, null for the input's" },
};

export default defineLayer({
  name: "Dropout",
  doc: "in training each element is kept with probability 1 − rate and divided by it, else 0",
  config: {
    rate: keras1("p", number(undefined, { min: 0, max: 1 })),
    noise_shape: nullable(noise),
    seed: nullable(int()),
  },
  supports_masking: true,
  hands_on: true,
  seed: (c) => (c.rate > 0 ? c.seed : undefined),
  output(c, x, misfit) {
    const bad =
      c.noise_shape &&
      (c.noise_shape.length !== x.length ||
        c.noise_shape.some((d, k) => d !== null && d !== 1 && d !== x[k]));
    return bad
      ? misfit(`a shape that noise_shape ${formatShape(c.noise_shape)} broadcasts to`, formatShape(x))
      : x;
  },
  lower(b, c, x, _w, { seed }) {
    return drop(
      b,
      x,
      c.rate,
      seed,
      c.noise_shape?.map((d, k) => d ?? x.shape[k]),
    );
  },
});
