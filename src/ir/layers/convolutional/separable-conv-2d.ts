import { defineLayer } from "../../layer.ts";
import { separable } from "./separable.ts";

export default defineLayer({
  name: "SeparableConv2D",
  doc: "a depthwise convolution, then a product over channels, + bias, then activation",
  aliases: ["SeparableConvolution2D"],
  ...separable(2),
});
