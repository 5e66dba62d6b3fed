import { pair } from "../../fields/per-axis.ts";
import { defineLayer } from "../../layer.ts";
import { cropped, croppedShape } from "./spatial.ts";

export default defineLayer({
  name: "Cropping1D",
  doc: "the steps without the first and last few",
  config: { cropping: pair(1) },
  builds: true,
  output: (c, x, misfit) => croppedShape(x, "channels_last", [c.cropping], misfit),
  lower: (b, c, x) => cropped(b, x, "channels_last", [c.cropping]),
});
