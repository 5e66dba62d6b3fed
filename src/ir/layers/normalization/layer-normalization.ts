import type { Builder } from "../../builder.ts";
import { axes, flag, number } from "../../fields.ts";
import { initializer } from "../../fields/initializer.ts";
import { constraint } from "../../fields/constraint.ts";
import { regularizer } from "../../fields/regularizer.ts";
import type { Node } from "../../graph.ts";
import { defineLayer } from "../../layer.ts";
import { axisOf, formatShape } from "../../tensor.ts";

/** In the order Keras sorts them, negative ones first: the order of gamma's and beta's axes. */
const listed = (axis: number | readonly number[]): number[] =>
  typeof axis === "number" ? [axis] : [...axis].sort((p, q) => p - q);
const fromFront = (axis: number | readonly number[], rank: number): number[] =>
  listed(axis).map((k) => axisOf(k, rank));

/** Reads a weight along the normalized axes, as Keras does: its elements in their order, whichever axes they were made for. */
function along(b: Builder, weight: Node, x: Node, axis: number | readonly number[]): Node {
  const over = fromFront(axis, x.shape.length);
  return b.reshape(
    weight,
    x.shape.map((d, k) => (over.includes(k) ? d : 1)),
  );
}

export default defineLayer({
  name: "LayerNormalization",
  doc: "gamma · (x − mean) / sqrt(variance + epsilon) + beta, each sample's own; rms_scaling leaves out mean and beta",
  config: {
    axis: axes(-1),
    epsilon: number(0.001),
    center: flag(true),
    scale: flag(true),
    beta_initializer: initializer("Zeros"),
    gamma_initializer: initializer("Ones"),
    beta_regularizer: regularizer(),
    gamma_regularizer: regularizer(),
    beta_constraint: constraint(),
    gamma_constraint: constraint(),
    rms_scaling: flag(false, { since: "3.4", keyword_only: true }),
  },
  supports_masking: true,
  builds: true,
  output(c, x, misfit) {
    const over = fromFront(c.axis, x.length);
    const received = `axis ${JSON.stringify(c.axis)} of ${formatShape(x)}`;
    if (over.some((k) => !(k in x))) misfit(`axes from ${-x.length} to ${x.length - 1}`, received);
    if (over.includes(0)) misfit("axes other than the batch", received);
    if (new Set(over).size < over.length) misfit("each axis once", received);
    if (over.some((k) => x[k] === null)) misfit("known sizes along the axes", received);
    return x;
  },
  weights(c, x) {
    const shape = fromFront(c.axis, x.length).map((k) => x[k]!);
    return {
      gamma:
        c.scale || c.rms_scaling
          ? {
              shape,
              initializer: c.gamma_initializer,
              regularizer: c.gamma_regularizer,
              constraint: c.gamma_constraint,
            }
          : undefined,
      beta:
        c.center && !c.rms_scaling
          ? {
              shape,
              initializer: c.beta_initializer,
              regularizer: c.beta_regularizer,
              constraint: c.beta_constraint,
            }
          : undefined,
    };
  },
  lower(b, c, x, w) {
    const over = fromFront(c.axis, x.shape.length);
    const mean = b.mean(x, over);
    const variance = b.mean(b.square(b.sub(x, mean)), over);
    const spread = b.sqrt(b.add(variance, c.epsilon));
    const inverse = b.div(w.gamma ? along(b, w.gamma, x, c.axis) : 1, spread);
    const centred = c.rms_scaling ? x : b.sub(x, mean);
    const scaled = b.mul(centred, inverse);
    return w.beta ? b.add(scaled, along(b, w.beta, x, c.axis)) : scaled;
  },
});
