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
import { checkClipping, clipping, corrections, deviation } from "./renorm.ts";
import { heedsMask, sampleVariance, whenFrozen } from "./sample-variance.ts";

/** TensorFlow's Keras wrote the axis as a list of one. */
const axis: Field<number, number | readonly number[]> & { readonly default: number } = {
  numpy: true,
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
  synchronized: boolean,
): { readonly mean: Node; readonly variance: Node } {
  if (!mask) {
    const mean = b.mean(x, axes);
    // as Keras adds up what several devices have seen, on one of them, too
    if (synchronized) return { mean, variance: b.max(b.sub(b.mean(b.square(x), axes), b.square(mean)), 0) };
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
    synchronized: { ...flag(false), keras2_terse: true },
    renorm: { ...flag(false), since: "3.14" },
    renorm_clipping: clipping,
    renorm_momentum: number(0.99, { since: "3.14" }),
    virtual_batch_size: unsupported(null, { terse: true, keyword_only: true }),
    trainable: { ...flag(true), keyword_only: true },
  },
  older: {
    only: { mode: [0], renorm: [false], fused: [null, true, false] },
    classes: [{ name: "BatchNormalizationV1" }, { name: "BatchNormalizationV2" }],
  },
  complete(c, wrong) {
    if (!c.renorm) return c;
    checkClipping(c.renorm_clipping ?? {}, wrong);
    if (!deviation(c.moving_variance_initializer))
      wrong(
        "moving_variance_initializer",
        "Zeros, Ones or Constant with renorm",
        c.moving_variance_initializer.class_name,
      );
    return c;
  },
  call: { mask: tensor },
  late_arguments: ["mask"],
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
    const stddev = deviation(c.moving_variance_initializer)!;
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
      moving_stddev: c.renorm ? { shape, initializer: stddev, trainable: false } : undefined,
      renorm_mean: c.renorm ? { shape, initializer: c.moving_mean_initializer, trainable: false } : undefined,
      renorm_stddev: c.renorm ? { shape, initializer: stddev, trainable: false } : undefined,
    };
  },
  counts_samples: true,
  lower(b, c, x, w, { args, older, sample_axes = 0 }) {
    const rank = x.shape.length - sample_axes;
    const k = axisOf(c.axis, rank) + sample_axes;
    const others = x.shape.flatMap((_, i) => (i === k ? [] : [i]));
    const alone = x.shape.map((d, i) => (i === k ? d : 1));
    const along = (v: typeof x): typeof x => b.reshape(v, alone);
    const norm = (mean: typeof x, variance: typeof x, gamma = w.gamma, beta = w.beta): typeof x => {
      const inverse = b.div(gamma ? along(gamma) : 1, b.sqrt(b.add(variance, c.epsilon)));
      const offset = b.mul(mean, inverse);
      return b.add(b.mul(x, inverse), beta ? b.sub(along(beta), offset) : b.neg(offset));
    };
    const { by_batch, moves } = c.trainable ? { by_batch: true, moves: true } : whenFrozen(older);
    if (!b.training || !by_batch) return norm(along(w.moving_mean), along(w.moving_variance));
    const mask = heedsMask(older, rank, k - sample_axes) ? args.mask : undefined;
    const { mean, variance } = moments(b, x, others, mask, c.synchronized);
    const moved = (old: typeof x, now: typeof x, momentum = moves ? c.momentum : 1): typeof x =>
      b.add(b.mul(old, momentum), b.mul(b.reshape(now, old.shape), 1 - momentum));
    b.assign(w.moving_mean, moved(w.moving_mean, mean));
    if (!w.moving_stddev || !w.renorm_mean || !w.renorm_stddev) {
      const sampled = sampleVariance(b, variance, x, { axis: k, epsilon: c.epsilon, older, sample_axes });
      b.assign(w.moving_variance, moved(w.moving_variance, sampled));
      return norm(mean, variance);
    }
    const { shape } = w.moving_mean;
    const now = {
      mean: b.reshape(mean, shape),
      stddev: b.reshape(b.sqrt(b.add(variance, c.epsilon)), shape),
    };
    const running = { mean: w.renorm_mean, stddev: w.renorm_stddev };
    const { r, d } = corrections(b, now, running, c.renorm_clipping ?? {}, c.epsilon);
    b.assign(w.renorm_mean, moved(w.renorm_mean, now.mean, c.renorm_momentum));
    b.assign(w.renorm_stddev, moved(w.renorm_stddev, now.stddev, c.renorm_momentum));
    const stddev = moved(w.moving_stddev, now.stddev);
    b.assign(w.moving_stddev, stddev);
    b.assign(w.moving_variance, b.max(b.sub(b.square(stddev), c.epsilon), 0));
    const shift = w.gamma ? b.mul(d, w.gamma) : d;
    return norm(mean, variance, w.gamma ? b.mul(r, w.gamma) : r, w.beta ? b.add(shift, w.beta) : shift);
  },
});
