import { defineLayer } from "../../layer.ts";
import { depthwise } from "./depthwise.ts";

export default defineLayer({
  name: "DepthwiseConv2D",
  doc: "activation(Σ over taps of x · kernel + bias), every channel alone",
  ...depthwise(2),
});
