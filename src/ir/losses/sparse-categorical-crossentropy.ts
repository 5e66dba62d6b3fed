import { commonWith, EPSILON, from_logits } from "./common.ts";
import { sparseMisfit } from "./labels.ts";
import { logitsOf } from "./logits.ts";
import { int, nullable } from "../fields.ts";
import type { Builder } from "../builder.ts";
import type { Node } from "../graph.ts";
import { axisOf, defineLoss } from "../loss.ts";
import { squeeze } from "../reduction.ts";

/** 1 at the labelled class, 0 elsewhere; y has a last axis of 1. */
function oneHot(b: Builder, y: Node, classes: number): Node {
  const index = b.reshape(b.iota(classes), [...y.shape.slice(1).map(() => 1), classes]);
  return b.equal(y, index);
}

/** log Σ exp x − x[y]; from probabilities x is log p, p clipped. */
function crossentropy(b: Builder, hot: Node, p: Node, logits: Node | undefined): Node {
  const last = [p.shape.length - 1];
  const picked = (x: Node): Node => b.sum(b.mul(hot, x), last);
  if (logits) return b.sub(b.logsumexp(logits, last), picked(logits));
  const q = b.clip(p, EPSILON, 1 - EPSILON);
  return b.sub(b.log(b.sum(q, last)), picked(b.log(q)));
}

/** Crossentropy between class numbers and class probabilities along the last axis. */
export default defineLoss({
  name: "SparseCategoricalCrossentropy",
  function: "sparse_categorical_crossentropy",
  aliases: [],
  doc: "−log(p[y] / Σ p)",
  config: {
    from_logits,
    ignore_class: nullable(int()),
    ...commonWith("sparse_categorical_crossentropy", { axis: int(-1, { terse: true }) }),
  },
  misfit: (c, y, p) =>
    axisOf(c.axis, p) === p.length - 1
      ? sparseMisfit(y, p)
      : `axis=-1, the only one Keras supports on TensorFlow`,
  classes: (_c, p) => p.at(-1) as number,
  value(b, c, labels, p, older) {
    const y = b.reshape(labels, [...p.shape.slice(0, -1), 1]);
    const classes = p.shape.at(-1) as number;
    const last = [p.shape.length - 1];
    if (c.ignore_class === null) {
      const logits = logitsOf(b, p, c, "softmax", older);
      return { values: squeeze(b, crossentropy(b, oneHot(b, y, classes), p, logits), last) };
    }
    const valid = b.sub(1, b.equal(y, c.ignore_class));
    const kept = b.where(b.expand(valid, p.shape), p, 0);
    const hot = oneHot(b, b.where(valid, y, 0), classes);
    const loss = crossentropy(b, hot, kept, c.from_logits ? kept : undefined);
    return { values: squeeze(b, b.where(valid, loss, 0), last), mask: squeeze(b, valid, last) };
  },
});
