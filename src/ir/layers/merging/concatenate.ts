import { int, keras1 } from "../../fields.ts";
import { defineMerge } from "../../layer.ts";
import { joinedNodes } from "../mask-nodes.ts";
import { filled } from "../masks.ts";
import { axisOf, type Dim, formatShape, type Shape } from "../../tensor.ts";
import { mergeOf } from "./older.ts";

const sum = (sizes: readonly Dim[]): Dim =>
  sizes.includes(null) ? null : (sizes as number[]).reduce((a, b) => a + b);
/** One size of several inputs that must agree; undefined where they do not. */
function common(sizes: readonly Dim[]): Dim | undefined {
  const known = new Set(sizes.filter((d) => d !== null));
  return known.size > 1 ? undefined : (known.values().next().value ?? null);
}

export default defineMerge({
  name: "Concatenate",
  doc: "the inputs one after the other along the axis",
  arity: "many",
  config: { axis: keras1("concat_axis", int(-1)) },
  older: { classes: [mergeOf("concat", "concat_axis")] },
  supports_masking: true,
  mask_nodes: joinedNodes,
  builds: true,
  output(c, xs, misfit): Shape {
    const received = xs.map(formatShape).join(", ");
    if (xs.length < 1) misfit("a list of inputs", "none");
    const [first] = xs;
    const axis = axisOf(c.axis, first.length);
    if (axis === 0) misfit("an axis other than the batch", `axis ${c.axis}`);
    if (!(axis > 0 && axis < first.length))
      misfit(`an axis from ${-first.length} to ${first.length - 1}`, `axis ${c.axis}`);
    if (xs.some((x) => x.length !== first.length)) misfit("inputs of the same rank", received);
    const shape = first.map((_, k) => (k === axis ? sum : common)(xs.map((x) => x[k])));
    return shape.includes(undefined)
      ? misfit(`inputs that differ along axis ${c.axis} only`, received)
      : (shape as Shape);
  },
  lower: (b, c, xs) => b.concat(xs, axisOf(c.axis, xs[0].shape.length)),
  mask(b, c, xs, masks, { older }) {
    if (masks.every((mask) => mask === undefined)) return undefined;
    const rank = xs[0].shape.length;
    const whole = xs.map((x, k) => {
      const mask = masks[k];
      if (!mask) return filled(b, 1, x.shape);
      return mask.shape.length < rank
        ? b.max(b.reshape(mask, [...mask.shape, 1]), filled(b, 0, x.shape))
        : mask;
    });
    const joined = b.concat(whole, axisOf(c.axis, rank));
    // Keras 1 and 2 wanted all of a step's features, Keras 3 wants any
    const all = older ? b.neg(b.max_of(b.neg(joined), [rank - 1])) : b.max_of(joined, [rank - 1]);
    return b.reshape(all, all.shape.slice(0, -1));
  },
});
