import { defineActivation } from "../activation.ts";
import { axes } from "../fields.ts";
import { axisOf } from "../tensor.ts";

export default defineActivation({
  name: "softmax",
  doc: "exp(x) / Σ exp(x) along the axis or axes",
  layer: "Softmax",
  config: { axis: { ...axes(-1), numpy: true as const } },
  output(c, x, misfit) {
    const bad = [c.axis].flat().find((k) => k < -x.length || k >= x.length);
    return bad === undefined ? x : misfit(`an axis from ${-x.length} to ${x.length - 1}`, String(bad));
  },
  lower: (b, x, c) =>
    b.softmax(
      x,
      [c.axis].flat().map((k) => axisOf(k, x.shape.length)),
    ),
});
