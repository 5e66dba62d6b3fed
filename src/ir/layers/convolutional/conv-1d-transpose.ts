import { defineLayer } from "../../layer.ts";
import { transposed } from "./transposed.ts";

export default defineLayer({
  name: "Conv1DTranspose",
  doc: "every element spreads a kernel, strides apart: the gradient of a convolution, + bias, then activation",
  aliases: ["Convolution1DTranspose"],
  ...transposed(1),
});
