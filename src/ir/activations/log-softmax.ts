import { defineActivation } from "../activation.ts";
import { int } from "../fields.ts";
import { axisOf } from "../tensor.ts";

export default defineActivation({
  name: "log_softmax",
  doc: "x − log Σ exp(x) along the axis",
  config: { axis: int(-1) },
  lower: (b, x, c) => b.log_softmax(x, [axisOf(c.axis, x.shape.length)]),
});
