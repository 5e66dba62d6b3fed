import { keras1 } from "../../fields.ts";
import { perAxis } from "../../fields/per-axis.ts";
import { defineLayer } from "../../layer.ts";
import { fold, pooledShape, poolFields, withStrides } from "./windows.ts";

export default defineLayer({
  name: "MaxPooling1D",
  doc: "the largest element of every window; of equal ones the first gets the gradient",
  aliases: ["MaxPool1D"],
  config: { pool_size: { ...keras1("pool_length", perAxis(1, 2)), floats: true as const }, ...poolFields(1) },
  complete: withStrides,
  output: pooledShape,
  lower: (b, c, x) => fold(b, c, x, -Infinity, (seen, taps) => b.max_of(seen, taps, "first")),
});
