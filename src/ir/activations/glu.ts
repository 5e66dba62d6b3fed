import { defineActivation } from "../activation.ts";
import { int } from "../fields.ts";
import { axisOf, formatShape } from "../tensor.ts";

export default defineActivation({
  name: "glu",
  doc: "first half of the axis · sigmoid(second half)",
  only: "3",
  config: { axis: int(-1) },
  output(c, x, misfit) {
    const axis = axisOf(c.axis, x.length);
    const size = x[axis];
    if (typeof size !== "number" || size % 2)
      misfit(`an even size along axis ${c.axis}`, `shape ${formatShape(x)}`);
    return x.map((d, k) => (k === axis ? (d as number) / 2 : d));
  },
  lower(b, x, c) {
    const axis = axisOf(c.axis, x.shape.length);
    const half = (x.shape[axis] as number) / 2;
    return b.mul(b.slice(x, axis, 0, half), b.sigmoid(b.slice(x, axis, half, 2 * half)));
  },
});
