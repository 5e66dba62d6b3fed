import { defineActivation } from "../activation.ts";
import { int } from "../fields.ts";
import { axisOf } from "../tensor.ts";

/** Keras's threshold sums the running sums of the sorted values; rank and running sum come from comparing all pairs. */
export default defineActivation({
  name: "sparsemax",
  doc: "max(x − tau, 0), tau from the largest elements along the axis",
  only: "3",
  config: { axis: int(-1) },
  lower(b, x, c) {
    const axis = axisOf(c.axis, x.shape.length);
    const last = x.shape.length - 1;
    const swap = x.shape.map((_, k) => (k === axis ? last : k === last ? axis : k));
    const z = b.permute(x, swap);
    const n = z.shape[last];
    const mine = b.expand(b.reshape(z, [...z.shape, 1]), [...z.shape, n]);
    const other = b.expand(b.reshape(z, [...z.shape.slice(0, last), 1, n]), [...z.shape, n]);
    const count = (test: typeof z): typeof z => b.reshape(b.sum(test, [last + 1]), z.shape);
    const above = b.greater(other, mine);
    const ties = b.equal(other, mine);
    const running = count(b.where(b.greater(mine, other), 0, other));
    const support = b.greater(b.add(1, b.mul(count(b.add(above, ties)), z)), running);
    const k = b.sum(support, [last]);
    const rank = b.add(count(above), b.div(b.add(count(ties), 1), 2));
    const total = b.sum(b.where(support, b.mul(z, b.sub(b.add(k, 1), rank)), 0), [last]);
    return b.permute(b.max(b.sub(z, b.div(b.sub(total, 1), k)), 0), swap);
  },
});
