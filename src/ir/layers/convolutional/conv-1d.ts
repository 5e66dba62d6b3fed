import { defineLayer } from "../../layer.ts";
import { convolution, inputOf } from "./convolution.ts";

export default defineLayer({
  name: "Conv1D",
  doc: "activation(Σ over taps and channels of x · kernel + bias)",
  aliases: ["Convolution1D"],
  older: {
    input_of: inputOf(1),
    silent: ["input_length"],
    classes: [{ name: "AtrousConvolution1D" }, { name: "AtrousConv1D" }],
  },
  ...convolution(1),
});
