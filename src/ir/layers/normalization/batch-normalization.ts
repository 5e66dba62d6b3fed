import type { Builder } from "../../builder.ts";
import { tensor } from "../../call-arguments.ts";
import { type Field, flag, keras1, number, unsupported } from "../../fields.ts";
import { initializer } from "../../fields/initializer.ts";
import { constraint } from "../../fields/constraint.ts";
import { regularizer } from "../../fields/regularizer.ts";
import type { Node } from "../../graph.ts";
import { defineLayer, type Mask } from "../../layer.ts";
import { lifted, maskFits } from "../masks.ts";
import { axisOf, formatShape } from "../../tensor.ts";
import { heedsMask, sampleVariance } from "./sample-variance.ts";

/** TensorFlow's Keras wrote the axis as a list of one. */
const axis: Field<number, number | readonly number[]> & { readonly default: number } = {
  schema: {
    anyOf: [{ type: "integer" }, { type: "array", items: { type: "integer" }, minItems: 1, maxItems: 1 }],
    description: "an axis",
  },
  default: -1,
  read: (value) => (Array.isArray(value) ? (value as number[])[0] : (value as number)),
};

/** Added to the number of samples that count, lest it be 0. */
const EPSILON = 1e-7;

/** Mean and variance over some axes; masked steps do not count. */
function moments(
  b: Builder,
  x: Node,
  axes: readonly number[],
  mask: Mask,
): { readonly mean: Node; readonly variance: Node } {
  if (!mask) {
    const mean = b.mean(x, axes);
    return { mean, variance: b.mean(b.square(b.sub(x, mean)), axes) };
  }
  const counts = b.expand(maskFits(lifted(b, mask, mask.shape.length), x), x.shape);
  const count = b.add(b.sum(counts, axes), EPSILON);
  const mean = b.div(b.sum(b.where(counts, x, 0), axes), count);
  const apart = b.where(counts, b.sub(x, mean), 0);
  return { mean, variance: b.div(b.sum(b.square(apart), axes), count) };
}

export default defineLayer({
  name: "BatchNormalization",
  doc: "gamma · (x − mean) / sqrt(variance + epsilon) + beta; statistics of the batch in training, moving ones otherwise",
  config: {
    axis,
    momentum: number(0.99),
    epsilon: number(0.001),
    center: flag(true),
    scale: flag(true),
    beta_initializer: keras1("beta_init", initializer("Zeros")),
    gamma_initializer: keras1("gamma_init", initializer("Ones")),
    moving_mean_initializer: initializer("Zeros"),
    moving_variance_initializer: initializer("Ones"),
    beta_regularizer: regularizer(),
    gamma_regularizer: regularizer(),
    beta_constraint: constraint(),
    gamma_constraint: constraint(),
    synchronized: unsupported(false),
    renorm: unsupported(false, { since: "3.14" }),
    renorm_clipping: unsupported(null, { since: "3.14" }),
    renorm_momentum: number(0.99, { since: "3.14" }),
    virtual_batch_size: unsupported(null, { terse: true, keyword_only: true }),
    trainable: { ...flag(true), keyword_only: true },
  },
  older: {
    only: { mode: [0], fused: [null, true, false] },
    classes: [{ name: "BatchNormalizationV1" }, { name: "BatchNormalizationV2" }],
  },
  call: { mask: tensor },
  new_arguments: ["mask"],
  supports_masking: true,
  builds: true,
  output(c, x, misfit) {
    const k = axisOf(c.axis, x.length);
    if (!(k >= 0 && k < x.length)) misfit(`an axis from ${-x.length} to ${x.length - 1}`, `axis ${c.axis}`);
    if (x[k] === null) misfit(`a known size along axis ${c.axis}`, `shape ${formatShape(x)}`);
    return x;
  },
  weights(c, x) {
    const shape = [x[axisOf(c.axis, x.length)]!];
    return {
      gamma: c.scale
        ? {
            shape,
            initializer: c.gamma_initializer,
            regularizer: c.gamma_regularizer,
            constraint: c.gamma_constraint,
          }
        : undefined,
      beta: c.center
        ? {
            shape,
            initializer: c.beta_initializer,
            regularizer: c.beta_regularizer,
            constraint: c.beta_constraint,
          }
        : undefined,
      moving_mean: { shape, initializer: c.moving_mean_initializer, trainable: false },
      moving_variance: { shape, initializer: c.moving_variance_initializer, trainable: false },
    };
  },
  lower(b, c, x, w, { args, older }) {
    const k = axisOf(c.axis, x.shape.length);
    const others = x.shape.flatMap((_, i) => (i === k ? [] : [i]));
    const along = (v: typeof x): typeof x =>
      b.reshape(
        v,
        x.shape.map((d, i) => (i === k ? d : 1)),
      );
    const shift = w.beta && along(w.beta);
    const norm = (mean: typeof x, variance: typeof x): typeof x => {
      const inverse = b.div(w.gamma ? along(w.gamma) : 1, b.sqrt(b.add(variance, c.epsilon)));
      const offset = b.mul(mean, inverse);
      return b.add(b.mul(x, inverse), shift ? b.sub(shift, offset) : b.neg(offset));
    };
    if (!b.training || !c.trainable) return norm(along(w.moving_mean), along(w.moving_variance));
    const mask = heedsMask(older, x.shape.length, k) ? args.mask : undefined;
    const { mean, variance } = moments(b, x, others, mask);
    const sampled = sampleVariance(b, variance, x, { axis: k, epsilon: c.epsilon, older });
    const moved = (old: typeof x, now: typeof x): typeof x =>
      b.add(b.mul(old, c.momentum), b.mul(b.reshape(now, old.shape), 1 - c.momentum));
    b.assign(w.moving_mean, moved(w.moving_mean, mean));
    b.assign(w.moving_variance, moved(w.moving_variance, sampled));
    return norm(mean, variance);
  },
});
