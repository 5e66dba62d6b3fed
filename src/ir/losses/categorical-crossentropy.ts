import { common, EPSILON, from_logits, label_smoothing } from "./common.ts";
import { equalMisfit } from "./labels.ts";
import { logitsOf } from "./logits.ts";
import { int } from "../fields.ts";
import type { Builder } from "../builder.ts";
import type { Node } from "../graph.ts";
import { axisOf, defineLoss } from "../loss.ts";
import { sumOver } from "../reduction.ts";

/**
 * Σ y·(log Σ exp x − x). TensorFlow's gradient is softmax(x) − y whatever Σ y is: the sum of the labels multiplies a
 * constant.
 */
function fromLogits(b: Builder, y: Node, x: Node, axis: number): Node {
  const lse = b.logsumexp(x, [axis]);
  const surplus = b.mul(b.sub(b.sum(y, [axis]), 1), b.stop(lse));
  return b.add(b.sub(lse, b.sum(b.mul(y, x), [axis])), surplus);
}

function fromProbabilities(b: Builder, y: Node, p: Node, axis: number): Node {
  const q = b.clip(b.div(p, b.sum(p, [axis])), EPSILON, 1 - EPSILON);
  return b.neg(b.sum(b.mul(y, b.log(q)), [axis]));
}

/** Crossentropy between one-hot (or soft) labels and class probabilities along `axis`. */
export default defineLoss({
  name: "CategoricalCrossentropy",
  function: "categorical_crossentropy",
  aliases: [],
  doc: "−Σ y·log(p / Σ p)",
  config: { from_logits, label_smoothing, axis: int(-1), ...common("categorical_crossentropy") },
  misfit: (_c, y, p) => equalMisfit(y, p),
  value(b, c, y, p, older) {
    const s = c.label_smoothing;
    const target = s ? b.add(b.mul(y, 1 - s), s / (y.shape.at(-1) as number)) : y;
    const axis = axisOf(c.axis, p.shape);
    const logits = logitsOf(b, p, c, "softmax", older);
    const kept = logits ? fromLogits(b, target, logits, axis) : fromProbabilities(b, target, p, axis);
    return { values: sumOver(b, kept, [axis]) };
  },
});
