import { defineLayer } from "../../layer.ts";
import { convolution, inputOf } from "./convolution.ts";

export default defineLayer({
  name: "Conv2D",
  doc: "activation(Σ over taps and channels of x · kernel + bias)",
  aliases: ["Convolution2D"],
  older: { input_of: inputOf(2), classes: [{ name: "AtrousConvolution2D" }, { name: "AtrousConv2D" }] },
  ...convolution(2),
});
