import { int, keras1 } from "../../fields.ts";
import { defineLayer } from "../../layer.ts";
import { repeated, resized } from "./spatial.ts";

export default defineLayer({
  name: "UpSampling1D",
  doc: "every step `size` times",
  config: { size: keras1("length", int(2, { min: 1 })) },
  builds: true,
  output: (c, x, misfit) => resized(x, "channels_last", 1, misfit, (d) => d * c.size),
  lower: (b, c, x) => repeated(b, x, 1, c.size),
});
