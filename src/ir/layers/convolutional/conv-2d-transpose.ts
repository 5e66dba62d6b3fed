import { defineLayer } from "../../layer.ts";
import { transposed } from "./transposed.ts";

export default defineLayer({
  name: "Conv2DTranspose",
  doc: "every element spreads a kernel, strides apart: the gradient of a convolution, + bias, then activation",
  aliases: ["Convolution2DTranspose", "Deconvolution2D", "Deconv2D"],
  ...transposed(2),
});
